/**
 * What does the report of a long run cost? Runs of several lengths, recorded as a driver with its
 * logger records them: how long their end takes, once the last second is recorded; and the log read
 * by `scaletool report` in a process of its own: CPU time, peak memory, and the CPU time that an hour
 * of the run adds for each of its distributions.
 * @module
 */

import { loadStages } from "../core/measure/stage.ts";
import type { Interval } from "../core/measure/interval.ts";
import { createRng, type Rng } from "../core/load/rng.ts";
import { Recorder } from "../core/measure/recorder.ts";
import { RunReporter } from "../core/report/run_reporter.ts";
import { RunDirectory } from "../core/run_log/run_directory.ts";
import { SAMPLE_MANIFEST } from "../tests/support/sample_report.ts";
import { TempDir } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";
import { costOf } from "./processes.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LENGTHS_MS = [8 * MINUTE_MS, 64 * MINUTE_MS, 8 * HOUR_MS, 24 * HOUR_MS];
const OPS_PER_SECOND = 20;
const TICKS_PER_SECOND = 50;
const WARM_UP_MS = 10_000;

const THRESHOLDS = [
  "create.failed.count <= 0",
  "create.response.p99 < 200ms",
  "create.response.p99 < 500ms over 1m",
  "notificationDelay.p95 < 100ms",
];

export async function reportCost(): Promise<Record<string, unknown>> {
  const runs = [];
  for (const lengthMs of LENGTHS_MS) {
    await using dir = new TempDir();
    const path = dir.file("run");
    const written = await writeRun(path, lengthMs);
    const cost = await costOf(["report", path, "-o", "json", "--output-file", dir.file("r.json")]);
    runs.push({ minutes: lengthMs / MINUTE_MS, ...written, ...cost });
    note(JSON.stringify(runs.at(-1)));
  }
  const [shortest, longest] = [runs[0]!, runs.at(-1)!];
  const hours = (longest.minutes - shortest.minutes) / 60;
  const slope = (longest.cpuMs - shortest.cpuMs) / hours / longest.distributions;
  return { runs, cpuMsPerHourAndDistribution: slope };
}

/** Records a run second by second; `endMs`: from the last one to the last of its files. */
async function writeRun(path: string, lengthMs: number) {
  const rng = createRng(1);
  const recorder = new Recorder({ startMs: 0, stages: loadStages(WARM_UP_MS) });
  const directory = RunDirectory.create(path, {
    ...SAMPLE_MANIFEST,
    command: "cmdriver",
    mainOperation: "create",
    warmUpMs: WARM_UP_MS,
    durationMs: lengthMs,
    targetRatePerSec: OPS_PER_SECOND,
    thresholds: THRESHOLDS,
  });
  const reporter = new RunReporter(directory);
  let distributions = 0;
  for (let atMs = 0; atMs < WARM_UP_MS + lengthMs; atMs += 1_000) {
    recordSecond(recorder, { atMs, rng });
    const intervals = recorder.rotate(atMs + 1_000 + 3 * rng.next());
    reporter.log(...intervals.map((interval) => ({ type: "interval" as const, interval })));
    distributions = Math.max(distributions, ...intervals.map(histogramCount));
  }
  const beforeMs = performance.now();
  reporter.log({ type: "end", reason: "duration", atMs: WARM_UP_MS + lengthMs });
  await reporter.write();
  directory.close();
  const endMs = Math.round(performance.now() - beforeMs);
  return { distributions, endMs, logBytes: Deno.statSync(`${path}/run.jsonl`).size };
}

function recordSecond(recorder: Recorder, { atMs, rng }: { atMs: number; rng: Rng }): void {
  for (let index = 0; index < OPS_PER_SECOND; index++) {
    for (const op of ["create", "update", "delete"]) {
      const dueMs = atMs + index * 1_000 / OPS_PER_SECOND;
      const sentMs = dueMs + rng.next();
      const doneMs = sentMs + 2 - 3 * Math.log(1 - rng.next());
      recorder.record({ op, dueMs, sentMs, doneMs, outcome: { kind: "ok" } });
      recorder.observeMs("notificationDelay", 5 * rng.next(), { atMs: doneMs, tags: { op } });
      recorder.observeMs("queueDelay", rng.next() / 10, { atMs: doneMs });
      recorder.observeMs("schedulingLag", rng.next(), { atMs: sentMs });
      recorder.count("notifications", 1, { atMs: doneMs });
      recorder.gauge("inFlight", rng.integerBelow(10), { atMs: sentMs });
    }
  }
  for (let index = 0; index < TICKS_PER_SECOND; index++) {
    recorder.observeMs("loopLag", 2 * rng.next(), { atMs });
  }
  recorder.gauge("cpuRatio", 0.2, { atMs });
}

function histogramCount({ operations, distributions }: Interval): number {
  const views = operations.flatMap(({ service, response, lag }) => [service, response, lag]);
  return views.filter((view) => view !== undefined).length + distributions.length;
}
