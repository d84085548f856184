/**
 * The life of a run from its settings to its exit code: make the run directory, start the readings
 * of the own process, let the instrument work, stop it in two steps, undo, report. Every load
 * command goes through here; none of them handles signals, files or reports itself.
 * @module
 */

import { messageOf } from "../errors.ts";
import { type ExitCode } from "../exit_code.ts";
import { SystemClock } from "../load/clock.ts";
import { createRng, randomSeed } from "../load/rng.ts";
import { buildReport } from "../report/build_report.ts";
import { renderPrometheus } from "../report/prometheus.ts";
import { renderReport } from "../report/render.ts";
import { writeReports } from "../report/write_reports.ts";
import { NAME, VERSION } from "../version.ts";
import type { Invocation, StopSignal } from "./command.ts";
import { startDiagnostics } from "./diagnostics.ts";
import { JsonStream } from "./json_stream.ts";
import { commandLineOf, makeManifest } from "./make_manifest.ts";
import type { Manifest } from "./manifest.ts";
import { Progress } from "./progress.ts";
import type { LoadPlan } from "./load_plan.ts";
import { Run } from "./run.ts";
import { RunDirectory } from "./run_directory.ts";
import type { RunFlags } from "./run_flags.ts";
import { checkRunId, createRunId } from "./run_id.ts";
import type { EndReason } from "./run_log.ts";
import { SelfMonitor } from "./self_monitor.ts";

const INTERVAL_MS = 1_000;
/** How long operations in flight may take to end after the run was stopped. */
const GRACE_MS = 5_000;
/** How long undoing may take in all. */
const CLEANUP_TIMEOUT_MS = 60_000;

const END_REASON_OF: Readonly<Record<StopSignal, EndReason>> = {
  SIGINT: "interrupted",
  SIGTERM: "terminated",
};

/** Runs the plan and reports it. @throws {UsageError | CannotRunError} before any load */
export async function conduct(invocation: Invocation<RunFlags>, plan: LoadPlan): Promise<ExitCode> {
  const { values } = invocation;
  const rng = createRng(values.seed === 0 ? randomSeed() : values.seed);
  const clock = new SystemClock();
  const id = values["run-id"] === undefined
    ? createRunId(clock.wallNow(), createRng(randomSeed()))
    : checkRunId(values["run-id"]);
  const startedAt = clock.wallNow().toISOString();
  const manifest = makeManifest(invocation, plan, {
    runId: id,
    seed: rng.seed,
    rng: rng.name,
    startedAt,
  });
  const directory = RunDirectory.create(values.out ?? `scaletool-runs/${id}`, manifest);
  const run = new Run({
    id,
    clock,
    rng,
    warmUpMs: values.warmup,
    log: (...records) => directory.append(...records),
  });
  const error = await work(run, { invocation, plan, manifest }).catch((thrown) => thrown);
  if (error !== undefined && !run.hasBegun) {
    directory.discard();
    throw error;
  }
  directory.append({ type: "end", ...(run.end ?? { reason: "failed", atMs: run.elapsedMs }) });
  return finish(directory, { invocation, error });
}

/** From the first operation to the last undone; the error that broke the instrument, if one did. */
async function work(
  run: Run,
  { invocation, plan, manifest }: {
    invocation: Invocation<RunFlags>;
    plan: LoadPlan;
    manifest: Manifest;
  },
): Promise<unknown> {
  const { values, io } = invocation;
  const progress = values.quiet || values["json-stream"] ? undefined : new Progress(run, io, {
    op: plan.mainOperation,
    targetRatePerSec: plan.targetRatePerSec,
    durationMs: values.duration ?? null,
  });
  const stream = values["json-stream"] ? new JsonStream((line) => io.stdout(line)) : undefined;
  const say = (line: string) =>
    progress === undefined ? io.stderr(line + "\n") : progress.say(line);
  await using closing = new AsyncDisposableStack();
  closing.defer(() => progress?.close());
  if (values["metrics-addr"] !== undefined) {
    const diagnostics = await startDiagnostics({
      address: values["metrics-addr"],
      metrics: () =>
        renderPrometheus(run.live, { command: manifest.command, runId: run.id, version: VERSION }),
      commandLine: commandLineOf(invocation),
      clock: run.clock,
    });
    closing.defer(() => diagnostics.close());
    say(`metrics and profiles at ${diagnostics.url}`);
  }
  closing.defer(onStopSignals(run, { invocation, say }));
  stream?.start(manifest);
  const ended = new AbortController();
  const monitor = new SelfMonitor(run);
  const clockwork = Promise.all([
    tick(run, ended.signal, () => {
      progress?.tick();
      stream?.interval(run);
    }),
    stopAfter(run, values.duration, ended.signal),
    abortAfterGrace(run, ended.signal),
  ]);
  let failure: unknown;
  try {
    await plan.instrument(run, say);
    run.stop("limit");
  } catch (error) {
    failure = error;
    run.stop("failed");
  }
  await cleanUp(run, say);
  ended.abort();
  await clockwork;
  await monitor.close();
  if (run.hasBegun) run.rotate();
  return failure;
}

/** Builds the report from what is on disk, writes the files beside it and prints the result. */
function finish(
  directory: RunDirectory,
  { invocation, error }: { invocation: Invocation<RunFlags>; error: unknown },
): ExitCode {
  const { values, io } = invocation;
  if (directory.writeError !== undefined) warnOfWriteError(directory);
  const report = buildReport(directory);
  directory.close();
  const isComplete = writeReports(directory, report);
  if (values["json-stream"]) new JsonStream((line) => io.stdout(line)).end(report);
  else io.stdout(renderReport(report, values.output, io));
  if (error !== undefined) io.stderr(`${NAME}: ${messageOf(error)}\n`);
  if (!isComplete) {
    io.stderr(`${NAME}: Cannot write all of "${directory.path}": ${directory.writeError}\n`);
    return report.exitCode === 0 ? 1 : report.exitCode as ExitCode;
  }
  io.stderr(`report: ${directory.path}/report.html\n`);
  return report.exitCode as ExitCode;
}

function warnOfWriteError(directory: RunDirectory): void {
  directory.append({
    type: "warning",
    warning: {
      code: "run-log-incomplete",
      message: `The run log on disk is not complete (${directory.writeError}): this report is, ` +
        "but a later `scaletool report` will lack the end of the run",
    },
  });
}

function onStopSignals(
  run: Run,
  { invocation, say }: { invocation: Invocation<RunFlags>; say: (line: string) => void },
): () => void {
  const unsubscribe = invocation.io.onStopSignal((signal) => {
    if (!run.stopping.aborted) {
      say(`${signal}: stopping and cleaning up; once more to cut off what is in flight`);
      run.stop(END_REASON_OF[signal]);
    } else {
      say(`${signal}: cutting off`);
      run.abort();
      unsubscribe(); // a third one ends the process at once
    }
  });
  return unsubscribe;
}

/** Closes an interval each second, at the end of the warm-up and at the stop. */
async function tick(run: Run, ended: AbortSignal, onInterval: () => void): Promise<void> {
  const over = AbortSignal.any([ended, run.stopping]);
  await untilBegun(run, over);
  while (!over.aborted) {
    const elapsedMs = run.elapsedMs;
    const secondMs = (Math.floor(elapsedMs / INTERVAL_MS) + 1) * INTERVAL_MS;
    const isWarmUpEnd = elapsedMs < run.warmUpMs && run.warmUpMs < secondMs;
    await run.clock.sleepUntil(run.startMs + (isWarmUpEnd ? run.warmUpMs : secondMs), over);
    if (!run.hasBegun) return;
    run.rotate();
    if (!isWarmUpEnd) onInterval();
  }
}

async function stopAfter(
  run: Run,
  durationMs: number | undefined,
  ended: AbortSignal,
): Promise<void> {
  if (durationMs === undefined) return;
  await untilBegun(run, ended);
  await run.clock.sleepUntil(run.startMs + run.warmUpMs + durationMs, ended);
  if (!ended.aborted) run.stop("duration");
}

/** Resolves when the load begins, or will never. */
async function untilBegun(run: Run, over: AbortSignal): Promise<void> {
  await Promise.race([run.begun, run.clock.sleepUntil(Infinity, over)]);
}

async function abortAfterGrace(run: Run, ended: AbortSignal): Promise<void> {
  await run.clock.sleepUntil(Infinity, AbortSignal.any([ended, run.stopping]));
  await run.clock.sleepUntil(run.clock.now() + GRACE_MS, ended);
  if (!ended.aborted) run.abort();
}

async function cleanUp(run: Run, say: (line: string) => void): Promise<void> {
  const isLate = new AbortController();
  const deadline = run.clock.sleepUntil(run.clock.now() + CLEANUP_TIMEOUT_MS, isLate.signal);
  const failures = await Promise.race([
    run.undoAll(AbortSignal.any([isLate.signal, run.aborted])),
    deadline.then(() => [{ label: "cleaning up", error: "it took more than a minute" }]),
  ]);
  isLate.abort();
  for (const { label, error } of failures) {
    const message = `${label}: ${messageOf(error)}`;
    run.warn("not-cleaned", message);
    say(`not cleaned: ${message}`);
  }
}
