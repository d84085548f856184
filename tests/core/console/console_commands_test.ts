import assert from "node:assert/strict";
import { completionsOf } from "../../../core/console/console_commands.ts";
import type { Status } from "../../../core/control/protocol.ts";
import { STATUS } from "../control/serving.ts";

const OPEN: Status = { ...STATUS, changes: ["rate", "pause", "resume", "stop", "mark"] };
const CLOSED: Status = {
  ...STATUS,
  targetRatePerSec: null,
  workers: 8,
  changes: ["scale", "stop", "mark"],
};

const CASES: readonly (readonly [line: string, of: Status, words: readonly string[]])[] = [
  ["", OPEN, ["exit ", "help ", "mark ", "pause ", "rate ", "status ", "stop ", "watch "]],
  ["  p", OPEN, ["pause "]],
  ["re", OPEN, []],
  ["re", { ...OPEN, state: "paused" }, ["resume "]],
  ["pau", { ...OPEN, state: "paused" }, []],
  ["s", CLOSED, ["scale ", "status ", "stop "]],
  ["ra", CLOSED, []],
  ["rate ", OPEN, ["100 "]],
  ["rate 2", OPEN, []],
  ["scale ", CLOSED, ["8 "]],
  ["help st", OPEN, ["status ", "stop "]],
  ["mark s", OPEN, []],
  ["rate 100 s", OPEN, []],
];

for (const [line, status, words] of CASES) {
  const what = `${status.state}, ${status.changes.join(" ")}`;
  Deno.test(`after "${line}" a run (${what}) offers [${words.join("|")}]`, () => {
    assert.deepEqual(completionsOf(line, status), words);
  });
}
