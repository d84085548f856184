import assert from "node:assert/strict";
import { parseTypedChange } from "../../../core/control/typed_change.ts";
import { UsageError } from "../../../core/errors.ts";

const READ: readonly [typed: string, run: string | undefined, asked: unknown][] = [
  ["status", undefined, "status"],
  ["r1 status", "r1", "status"],
  ["rate 200", undefined, { kind: "rate", ratePerSec: 200 }],
  ["r1 rate 0.5", "r1", { kind: "rate", ratePerSec: 0.5 }],
  ["runs/r1 scale 3", "runs/r1", { kind: "scale", workers: 3 }],
  ["pause", undefined, { kind: "pause" }],
  ["r1 resume", "r1", { kind: "resume" }],
  ["stop", undefined, { kind: "stop" }],
  ["mark v2", undefined, { kind: "mark", text: "v2" }],
  ["r1 mark now v2", "r1", { kind: "mark", text: "now v2" }],
  // Runs that are called as words are.
  ["stop stop", "stop", { kind: "stop" }],
  ["pause status", "pause", "status"],
  ["mark status", undefined, { kind: "mark", text: "status" }],
  ["./mark status", "./mark", "status"],
];

for (const [typed, run, asked] of READ) {
  Deno.test(`ctl ${typed}`, () => {
    assert.deepEqual(parseTypedChange(typed.split(" ")), { run, asked });
  });
}

const REFUSED: readonly [typed: string, message: RegExp][] = [
  ["r1", /^ctl: missing what to ask of run "r1"; usage: ctl \[RUN\] status\|rate X\|/],
  ["staus", /^ctl: missing what to ask of run "staus" \(did you mean "status"\?\)/],
  ["r1 puase", /^ctl: cannot ask for "puase" \(did you mean "pause"\?\)/],
  ["rate", /^ctl: expected ctl \[RUN\] rate X, not "rate"$/],
  ["r1 rate", /^ctl: expected ctl \[RUN\] rate X, not "r1 rate"$/],
  ["mark", /^ctl: expected ctl \[RUN\] mark TEXT/],
  ["r1 rate 1 2", /^ctl: expected ctl \[RUN\] rate X/],
  ["r1 pause now", /^ctl: expected ctl \[RUN\] pause, not/],
  ["rate 0", /^ctl: rate X: must be above 0, not 0$/],
  ["rate Infinity", /^ctl: rate X: must be a number, not "Infinity"$/],
  ["rate 10/s", /^ctl: rate X: must be a number, not "10\/s"$/],
  ["scale 0", /^ctl: scale N: must be at least 1, not 0$/],
  ["scale 1.5", /^ctl: scale N: must be a whole number, not "1.5"$/],
  [`mark ${"x".repeat(201)}`, /^ctl: mark TEXT: must be of 1 to 200 characters, not of 201$/],
];

for (const [typed, message] of REFUSED) {
  Deno.test(`ctl ${typed.slice(0, 20)} is refused in one line`, () => {
    assert.throws(() => parseTypedChange(typed.split(" ")), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return !error.message.includes("\n");
    });
  });
}
