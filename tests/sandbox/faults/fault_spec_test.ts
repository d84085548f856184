import assert from "node:assert/strict";
import { faultsHelp } from "../../../sandbox/command.ts";
import { LOAD, WATCHES } from "../../../sandbox/faults/fault.ts";
import { parseFault } from "../../../sandbox/faults/fault_spec.ts";
import { FAULTS } from "../../../sandbox/faults/mod.ts";
import { REQUEST_KINDS, type RequestKind } from "../../../sandbox/request_kind.ts";

interface Read {
  name: string;
  value?: string;
  share?: number;
  on?: readonly RequestKind[];
  afterMs?: number;
  forMs?: number;
}

const READ: readonly [text: string, Read][] = [
  ["429", { name: "429" }],
  ["429=30", { name: "429", value: "30" }],
  ["5xx=0.25", { name: "5xx", value: "0.25", share: 0.25 }],
  ["5xx=0.25,share=0.5", { name: "5xx", value: "0.25", share: 0.5 }],
  ["latency=250ms,share=0.1", { name: "latency", value: "250ms", share: 0.1 }],
  ["dropped-event=0.1", { name: "dropped-event", value: "0.1", on: WATCHES }],
  ["stalled-watch", { name: "stalled-watch", on: WATCHES }],
  ["quota=5", { name: "quota", value: "5", on: ["creates"] }],
  ["truncated", { name: "truncated", on: ["creates", "updates"] }],
  ["reset,on=deletes", { name: "reset", on: ["deletes"] }],
  ["reset,on=writes+watches", { name: "reset", on: ["creates", "updates", "deletes", "watches"] }],
  ["forbidden,on=reads", { name: "forbidden", on: ["gets", "lists"] }],
  ["expired-token,on=all,after=3s,for=500ms", {
    name: "expired-token",
    on: REQUEST_KINDS,
    afterMs: 3_000,
    forMs: 500,
  }],
];

for (const [text, expected] of READ) {
  Deno.test(`the fault "${text}" is read`, () => {
    const { kind, on, text: kept, ...spec } = parseFault(text);
    assert.equal(kept, text);
    assert.deepEqual({ name: kind.name, on: [...on].sort(), ...spec }, {
      value: undefined,
      share: 1,
      afterMs: 0,
      forMs: Infinity,
      ...expected,
      on: [...expected.on ?? LOAD].sort(),
    });
  });
}

const REFUSED: readonly [text: string, message: string | RegExp][] = [
  ["", /^must be one of latency, 429, .*, gone, not ""$/],
  ["5x", /, not "5x" \(did you mean "5xx"\?\)$/],
  ["stalledwatch", /\(did you mean "stalled-watch"\?\)$/],
  ["latency", "latency must have a value: latency=DURATION"],
  ["latency=soon", 'latency must be a duration such as 250us, 10ms, 1m30s, not "soon"'],
  ["429=-1", "429 must be between 0 and 3600, not -1"],
  ["429=", '429 must be a whole number, not ""'],
  ["5xx=0", '5xx must be a share above 0 and at most 1, not "0"'],
  ["5xx=1.5", '5xx must be a share above 0 and at most 1, not "1.5"'],
  ["forbidden=1", 'forbidden takes no value, not "1"'],
  ["reset,share=10%", 'reset: share must be a share above 0 and at most 1, not "10%"'],
  ["reset,shar=1", /^reset: must be followed by share=, on=, after=, for=, not "shar=1" \(did you/],
  [
    "reset,on=delete",
    /^reset: on must be of creates, .* not "delete" \(did you mean "deletes"\?\)$/,
  ],
  ["reset,on=", /^reset: on must be of creates, .* not ""$/],
  ["reset,on=constructor", /^reset: on must be of .* not "constructor"$/],
  ["gone,after=x", 'gone: after must be a duration such as 250us, 10ms, 1m30s, not "x"'],
];

for (const [text, message] of REFUSED) {
  Deno.test(`the fault "${text}" is refused`, () => {
    assert.throws(() => parseFault(text), { name: "SyntaxError", message });
  });
}

Deno.test("the help has every fault, in lines of at most 100 characters", () => {
  const lines = faultsHelp().split("\n");
  for (const { name, does } of FAULTS) {
    assert.ok(lines.some((line) => line.startsWith(`  ${name}`) && line.endsWith(does)), name);
  }
  assert.deepEqual(lines.filter((line) => line.length > 100), []);
});

Deno.test("no fault concerns what gets ready or cleans up, unless it is told to", () => {
  const spared: readonly RequestKind[] = ["preparation", "lists", "gets", "deletes"];
  for (const { name, concerns } of FAULTS) {
    assert.ok(concerns.length > 0 && !concerns.some((kind) => spared.includes(kind)), name);
  }
});
