import assert from "node:assert/strict";
import {
  gatewaySandboxFaultFlagKind,
  isGatewayFault,
  parseGatewayFault,
} from "../../../../sandbox/gateway/faults/fault_spec.ts";
import { GATEWAY_FAULTS } from "../../../../sandbox/gateway/faults/mod.ts";
import { FAULTS } from "../../../../sandbox/faults/mod.ts";

Deno.test("every fault can be asked for by its name alone", () => {
  const names = GATEWAY_FAULTS.map(({ name }) => name);
  assert.deepEqual(names, [
    "delay",
    "over-count",
    "under-count",
    "flapping",
    "residue",
    "missing-status",
    "foreign-rewrite",
    "lost-update",
    "unserved",
    "stale-data-plane",
    "restart-gap",
  ]);
  for (const name of names) {
    const { kind, value, afterMs, forMs } = parseGatewayFault(name);
    assert.deepEqual([kind.name, value, afterMs, forMs], [name, undefined, 0, Infinity]);
  }
});

Deno.test("no name is one of a fault of the API server too", () => {
  assert.deepEqual(FAULTS.filter(({ name }) => isGatewayFault(name)), []);
});

const SHARES: readonly [text: string, share: number][] = [
  ["missing-status", 0.5],
  ["missing-status=0.2", 0.2],
  ["missing-status=0.2,share=0.3", 0.3],
  ["unserved", 1],
  ["unserved=2s,share=0.1", 0.1],
  ["foreign-rewrite=remove", 0.1],
  ["over-count=0.25", 0.25],
  ["residue", 1],
];
for (const [text, share] of SHARES) {
  Deno.test(`${text} hits a share of ${share}`, () => {
    assert.equal(parseGatewayFault(text).share, share);
  });
}

Deno.test("the flag takes the faults of both", () => {
  const texts = ["delay=500ms,after=1s", "429,share=0.2"];
  assert.deepEqual(texts.map((text) => gatewaySandboxFaultFlagKind.parse(text).kind.name), [
    "delay",
    "429",
  ]);
});

const REFUSED: readonly [text: string, message: RegExp][] = [
  ["dealy", /^must be one of delay, over-count, .*, gone, not "dealy" \(did you mean "delay"\?\)$/],
  ["latency", /^latency must have a value: latency=DURATION$/],
  ["residue=0", /^residue must be .*0/],
  ["residue,share=0.5", /^residue: must be followed by after=, for=, not "share=0.5"/],
  ["missing-status=2", /^missing-status must be a share above 0 and at most 1, not "2"$/],
  ["foreign-rewrite=eat", /^foreign-rewrite must be replace, duplicate, remove, not "eat"$/],
  ["delay,on=lists", /^delay: must be followed by after=, for=, not "on=lists"/],
];
for (const [text, message] of REFUSED) {
  Deno.test(`the fault "${text}" is refused with what would be right`, () => {
    assert.throws(() => gatewaySandboxFaultFlagKind.parse(text), { name: "SyntaxError", message });
  });
}
