import assert from "node:assert/strict";
import { LOOP_LOG_BYTES, LoopLog } from "../../../core/measure/loop_log.ts";
import type { Run } from "../../../core/run/run.ts";
import { Conducted } from "./conducted.ts";

/** The clock of a conducted run begins at 1 s, with this calendar. */
const WALL_OFFSET_MS = Date.parse("2026-01-01T00:00:00Z") - 1_000;

/** Reads of 300 ms for two seconds; the stand-in is away for so many ms of each 300. */
async function conducted(awayMs: number) {
  const loop = new LoopLog(new SharedArrayBuffer(LOOP_LOG_BYTES));
  const instrument = async (run: Run) => {
    const { clock, recorder } = run;
    run.begin();
    loop.open(clock.now(), { nextDueMs: clock.now() + 300, wallOffsetMs: WALL_OFFSET_MS });
    for (let read = 0; read < 7; read++) {
      const sentMs = clock.now();
      await clock.sleepUntil(sentMs + 300 - awayMs);
      loop.ran(clock.now(), { dueMs: clock.now(), nextDueMs: clock.now() });
      await clock.sleepUntil(sentMs + 300);
      const late = { dueMs: sentMs + 300 - awayMs, nextDueMs: sentMs + 600 };
      loop.ran(clock.now(), late);
      const outcome = { kind: "ok" } as const;
      recorder.record({ op: "request", dueMs: sentMs, sentMs, doneMs: clock.now(), outcome });
    }
  };
  const plan = { instrument, defaultThresholds: ["request.max < 100ms"] };
  await using run = new Conducted(plan, {}, { standIns: [loop] });
  await run.clock.advance(3_000);
  const exitCode = await run.exitCode;
  const { verdict, warnings } = run.report;
  return { exitCode, verdict, warnings };
}

Deno.test("a stand-in that was late is not a slow target, and the report says that it was late", async () => {
  const { exitCode, verdict, warnings } = await conducted(250);
  assert.deepEqual([exitCode, verdict], [4, "inconclusive"]);
  const [warning, ...others] = warnings;
  assert.deepEqual([warning?.code, others], ["sandbox-late", []]);
  assert.match(warning?.message ?? "", /behind for 83.3 % of the time/);
});

Deno.test("a stand-in that was on time is as slow as its answers", async () => {
  const { exitCode, warnings } = await conducted(2);
  assert.deepEqual([exitCode, warnings], [3, []]);
});
