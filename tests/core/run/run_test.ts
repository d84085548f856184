import { loadStages } from "../../../core/measure/stage.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createRng } from "../../../core/load/rng.ts";
import type { Sample } from "../../../core/measure/sample.ts";
import { Run, type RunOptions } from "../../../core/run/run.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A run on a clock that stands still, whose time does not begin at 0, and what it logs. */
function started(options: Partial<RunOptions> = {}) {
  const clock = new FakeClock(7_000);
  const log: RunLogRecord[] = [];
  const run = new Run({
    id: "test",
    clock,
    rng: createRng(1),
    log: (...records) => log.push(...records),
    ...options,
  });
  return { clock, run, log };
}

/** An operation of 3 ms that is due at this offset of the run. */
function sampleAt(run: Run, offsetMs: number): Sample {
  const dueMs = run.startMs + offsetMs;
  return { op: "request", dueMs, sentMs: dueMs, doneMs: dueMs + 3, outcome: { kind: "ok" } };
}

/** Start, end and amount of each interval of the log. */
function intervalsOf(log: readonly RunLogRecord[]): [number, number, string, number][] {
  return log.flatMap((record) =>
    record.type !== "interval" ? [] : [[
      record.interval.startMs,
      record.interval.endMs,
      record.interval.phase,
      record.interval.operations[0]?.ok ?? 0,
    ] as [number, number, string, number]]
  );
}

/** The records that another thread's run logs of one operation in its first second. */
async function recordsOfWorker(options: Partial<RunOptions> = {}): Promise<RunLogRecord[]> {
  const { clock, run, log } = started(options);
  run.recorder.record(sampleAt(run, 10));
  await clock.advance(1_000);
  run.rotate();
  return log;
}

Deno.test("a run that goes on has no end", () => {
  const { run } = started();
  strictEqual(run.end, undefined);
  deepStrictEqual([run.stopping.aborted, run.aborted.aborted], [false, false]);
});

Deno.test("the first reason to stop counts, and its time", async () => {
  const { clock, run } = started();
  await clock.advance(1_500);
  run.stop("interrupted");
  await clock.advance(500);
  run.stop("failed");
  run.stop("limit");
  deepStrictEqual(run.end, { reason: "interrupted", atMs: 1_500 });
});

Deno.test("stopping lets go on what is in flight; only aborting cuts it off", () => {
  const { run } = started();
  const fired: string[] = [];
  run.stopping.addEventListener("abort", () => fired.push(`stopping: ${run.end?.reason}`));
  run.aborted.addEventListener("abort", () => fired.push("aborted"));
  run.stop("terminated");
  run.stop("terminated");
  deepStrictEqual(fired, ["stopping: terminated"]);
  run.abort();
  run.abort();
  deepStrictEqual(fired, ["stopping: terminated", "aborted"]);
});

Deno.test("what was deferred is pending until it is undone, the last first", async () => {
  const { run } = started();
  const done: string[] = [];
  const undo = (label: string) => () => Promise.resolve(void done.push(label));
  run.defer("namespace", undo("namespace"), { byHand: "kubectl delete namespace a" });
  run.defer("config map", undo("config map"));
  deepStrictEqual(run.pendingUndos.map(({ label, byHand }) => [label, byHand]), [
    ["config map", undefined],
    ["namespace", "kubectl delete namespace a"],
  ]);
  deepStrictEqual(await run.undoAll({ signal: run.aborted, onLong() {} }), []);
  deepStrictEqual(done, ["config map", "namespace"]);
  deepStrictEqual(run.pendingUndos, []);
});

Deno.test("a warning is logged and said, in words of its own where it has any", () => {
  const said: string[] = [];
  const { run, log } = started({ say: (line) => said.push(line) });
  run.warn("slow", "It is slow");
  run.warn("not-cleaned", "a is left", { line: "not cleaned: a is left" });
  deepStrictEqual(said, ["WARNING: It is slow", "not cleaned: a is left"]);
  deepStrictEqual(log.flatMap((record) => record.type === "warning" ? [record.warning] : []), [
    { code: "slow", message: "It is slow" },
    { code: "not-cleaned", message: "a is left" },
  ]);
});

Deno.test("what two checks warn of is said once", () => {
  const said: string[] = [];
  const { run, log } = started({ say: (line) => said.push(line) });
  for (const message of ["It is slow", "It is late", "It is slow"]) run.warn("slow", message);
  deepStrictEqual(said, ["WARNING: It is slow", "WARNING: It is late"]);
  deepStrictEqual(log.length, 2);
});

Deno.test("warnings, findings and marks are logged in order, marks with their time", async () => {
  const { clock, run, log } = started();
  const finding = {
    subject: "bytes reconcile",
    verdict: "pass",
    observed: "1 B",
    limit: "1 B",
    reason: "",
  } as const;
  run.warn("one-host", "Both ends on one host");
  run.addFinding(finding);
  await clock.advance(250);
  run.mark("more load");
  deepStrictEqual(log, [
    { type: "warning", warning: { code: "one-host", message: "Both ends on one host" } },
    { type: "finding", finding },
    { type: "mark", mark: { atMs: 250, label: "more load" } },
  ]);
});

Deno.test("rotating closes the interval, and shows it as the last second and in the sum", async () => {
  const { clock, run, log } = started();
  for (let second = 0; second < 3; second++) {
    for (let n = 0; n <= second; n++) run.recorder.record(sampleAt(run, second * 1_000 + n));
    await clock.advance(1_000);
    run.rotate();
  }
  deepStrictEqual(intervalsOf(log), [
    [0, 1_000, "measured", 1],
    [1_000, 2_000, "measured", 2],
    [2_000, 3_000, "measured", 3],
  ]);
  strictEqual(run.lastSecond.operation("request")?.ok, 3);
  strictEqual(run.live.operation("request")?.ok, 6);
  strictEqual(run.live.durationMs, 3_000);
});

Deno.test("a second in which nothing was recorded leaves no interval, and an empty last second", async () => {
  const { clock, run, log } = started();
  run.recorder.record(sampleAt(run, 0));
  for (let second = 0; second < 2; second++) {
    await clock.advance(1_000);
    run.rotate();
  }
  strictEqual(intervalsOf(log).length, 1);
  strictEqual(run.lastSecond.operations.size, 0);
});

Deno.test("the warm-up is logged and shown as the last second, but is no part of the sum", async () => {
  const { clock, run, log } = started({ stages: loadStages(1_500) });
  run.recorder.record(sampleAt(run, 0));
  await clock.advance(1_000);
  run.rotate();
  strictEqual(run.lastSecond.operation("request")?.ok, 1);
  strictEqual(run.live.operation("request"), undefined);
  run.recorder.record(sampleAt(run, 1_499));
  run.recorder.record(sampleAt(run, 1_500));
  await clock.advance(1_000);
  run.rotate();
  deepStrictEqual(intervalsOf(log), [
    [0, 1_000, "warmup", 1],
    [1_000, 1_500, "warmup", 1],
    [1_500, 2_000, "measured", 1],
  ]);
  strictEqual(run.live.operation("request")?.ok, 1);
  strictEqual(run.live.durationMs, 500);
});

Deno.test("what ends after the stop counts, but the time that it takes does not", async () => {
  const { clock, run, log } = started();
  run.recorder.record(sampleAt(run, 0));
  await clock.advance(1_000);
  run.rotate();
  await clock.advance(400);
  run.recorder.record(sampleAt(run, 1_200));
  run.stop("duration");
  await clock.advance(600);
  run.recorder.record(sampleAt(run, 1_300));
  run.rotate();
  await clock.advance(3_000);
  run.recorder.record(sampleAt(run, 1_350));
  run.rotate();
  deepStrictEqual(intervalsOf(log), [
    [0, 1_000, "measured", 1],
    [1_000, 1_400, "measured", 2],
    [1_400, 1_400, "measured", 1],
  ]);
  strictEqual(run.live.operation("request")?.ok, 4);
  strictEqual(run.live.durationMs, 1_400);
});

Deno.test("what another thread logged is logged here too, and added up", async () => {
  const { clock, run, log } = started();
  run.recorder.record(sampleAt(run, 20));
  await clock.advance(1_000);
  run.rotate();
  const warning: RunLogRecord = { type: "warning", warning: { code: "slow", message: "Slow" } };
  const records = [...await recordsOfWorker(), warning];
  run.absorb(records);
  deepStrictEqual(log.slice(1), records);
  strictEqual(run.live.operation("request")?.ok, 2);
  strictEqual(run.lastSecond.operation("request")?.ok, 2);
  strictEqual(run.lastSecond.durationMs, 1_000);
});

Deno.test("intervals of a thread end with the seconds of the program's run, whenever it began", async () => {
  const { clock, run } = started();
  run.beginNow(run.recorder.timeline, 1_730);
  assertSecond(270);
  await clock.advance(269);
  assertSecond(270);
  await clock.advance(1);
  assertSecond(1_270);

  function assertSecond(offsetMs: number) {
    strictEqual(run.nextSecondMs, run.startMs + offsetMs);
  }
});

Deno.test("the next second is always to come, whatever rounding makes of when a run began", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (startMs) => {
    let nowMs = startMs;
    const clock = Object.assign(new FakeClock(), { now: () => nowMs });
    const run = new Run({ id: "test", clock, rng: createRng(1), log: () => {} });
    run.begin();
    for (let second = 1; second <= 20; second++) {
      const nextMs = run.nextSecondMs;
      ok(nextMs > nowMs, `${nextMs} at ${nowMs}`);
      nowMs = nextMs;
    }
  }));
});

Deno.test("what another thread logged of the warm-up is no part of the sum", async () => {
  const { run } = started({ stages: loadStages(5_000) });
  run.absorb(await recordsOfWorker({ stages: loadStages(5_000) }));
  strictEqual(run.live.operations.size, 0);
  strictEqual(run.lastSecond.operation("request")?.ok, 1);
});

Deno.test("the beginning is time 0: readings from before are forgotten, operations are not", async () => {
  const { clock, run, log } = started({ stages: loadStages(500) });
  deepStrictEqual([run.startMs, run.hasBegun], [7_000, false]);
  run.recorder.record(sampleAt(run, 10));
  run.recorder.observeMs("loopLag", 99, { atMs: clock.now() });
  await clock.advance(300);
  run.begin();
  deepStrictEqual([run.startMs, run.elapsedMs, run.hasBegun], [7_300, 0, true]);
  run.recorder.record(sampleAt(run, 500));
  await clock.advance(1_000);
  run.rotate();
  // What was sent to get ready is no part of a warm-up: it counts with what is judged.
  deepStrictEqual(intervalsOf(log), [[500, 1_000, "measured", 2]]);
  strictEqual(run.lastSecond.distribution("loopLag"), undefined);
});

Deno.test("a run begins once", async () => {
  const { clock, run } = started();
  run.begin();
  await clock.advance(100);
  run.begin();
  await run.begun;
  strictEqual(run.startMs, 7_000);
});

Deno.test("a counter that was declared is 0 after the warm-up if nothing came, and only then", async () => {
  const { clock, run, log } = started({ stages: loadStages(1_000) });
  const added = { name: "events", tags: { type: "added" } };
  const deleted = { name: "events", tags: { type: "deleted" } };
  run.declare([{ name: "errors" }, { name: "reads" }, added, deleted]);
  run.begin();
  await clock.advance(1_000);
  run.recorder.count("reads", 5, { atMs: clock.now() });
  run.recorder.count("errors", 0, { atMs: clock.now() - 500 }); // in the warm-up, which is not judged
  run.recorder.count("events", 3, { atMs: clock.now(), tags: added.tags });
  for (let second = 0; second < 3; second++) {
    run.rotate();
    await clock.advance(1_000);
  }
  const counters = log.flatMap((record) =>
    record.type === "interval" && record.interval.phase === "measured"
      ? record.interval.counters.map(({ name, tags, value }) => [name, tags?.type, value])
      : []
  );
  deepStrictEqual(counters, [
    ["reads", undefined, 5],
    ["events", "added", 3],
    ["errors", undefined, 0],
    ["events", "deleted", 0],
  ]);
});

Deno.test("a run that is stopped in its warm-up has declared counters nowhere", async () => {
  const { clock, run, log } = started({ stages: loadStages(5_000) });
  run.declare([{ name: "errors" }]);
  run.begin();
  await clock.advance(1_000);
  run.stop("interrupted");
  await clock.advance(60_000);
  run.rotate();
  run.rotate();
  deepStrictEqual(intervalsOf(log), []);
});
