/**
 * The life of a run from its settings to its exit code: make the run directory, start the readings
 * of the own process, let the instrument work, stop it in two steps, undo, report. Every load
 * command goes through here; none of them handles signals, files or reports itself.
 * @module
 */

import { printable, type Say } from "../say.ts";
import { CannotRunError, OperationFailedError } from "../errors.ts";
import { EXIT_CODE_OF_SIGNAL, type ExitCode } from "../exit_code.ts";
import { type Clock, SystemClock } from "../load/clock.ts";
import { createRng, randomSeed } from "../load/rng.ts";
import { isCancellation } from "../load/timed.ts";
import { loadStages } from "../measure/stage.ts";
import { RunReporter } from "../report/run_reporter.ts";
import { joinPages, renderPrometheus } from "../report/prometheus.ts";
import { stageLine } from "../report/stage_table.ts";
import { formatDuration, formatSignificant } from "../units.ts";
import { VERSION } from "../version.ts";
import { startDiagnostics } from "../diagnostics/diagnostics.ts";
import { cleanUp, finish } from "./finish.ts";
import { JsonStream } from "./json_stream.ts";
import { commandLineOf, makeManifest } from "./make_manifest.ts";
import type { Manifest } from "../run_log/manifest.ts";
import { Progress } from "./progress.ts";
import { isStaged, type RunPlan } from "./run_plan.ts";
import { Run } from "./run.ts";
import { RunDirectory } from "../run_log/run_directory.ts";
import type { Io } from "../command/command.ts";
import { PATIENCE_MS } from "../command/output.ts";
import { CLEANUP_TIMEOUT_MS, type RunInvocation } from "../command/run_flags.ts";
import { runIdOf } from "../command/run_id.ts";
import { GRACE_MS } from "./run_stage.ts";
import type { Simulation } from "../command/simulation.ts";
import { SelfMonitor } from "./self_monitor.ts";
import { StopSignals } from "./stop_signals.ts";
import { Unanswered } from "./unanswered.ts";

/**
 * Runs the plan and reports it.
 * @param options.clock that of the simulation if there is one, else the system's; or a test's
 * @throws {UsageError | CannotRunError} before any load
 */
export async function conduct(
  invocation: RunInvocation,
  plan: RunPlan,
  { clock = invocation.simulation?.clock ?? new SystemClock() }: { clock?: Clock } = {},
): Promise<ExitCode> {
  const { values, io } = invocation;
  const rng = createRng(values.seed === 0 ? randomSeed() : values.seed);
  const now = clock.wallNow();
  const id = runIdOf(values["run-id"], now);
  const manifest = makeManifest(invocation, plan, {
    runId: id,
    seed: rng.seed,
    rng: rng.name,
    startedAt: now.toISOString(),
  });
  const directory = RunDirectory.create(values.out ?? `scaletool-runs/${id}`, manifest);
  const reporter = new RunReporter(directory);
  const run = new Run({
    id,
    clock,
    rng,
    stages: isStaged(plan) ? [] : loadStages(values.warmup, plan.targetRatePerSec),
    directory: directory.path,
    standIns: invocation.standIns,
    onStageOver(index) {
      const stage = reporter.stage(index);
      voices.stream?.stage(stage);
      if (!values.quiet) voices.say(stageLine(stage, plan.mainOperation));
      return stage;
    },
    say: (line) => voices.say(line),
    log: (...records) => reporter.log(...records),
  });
  run.declare(plan.measures?.counters ?? []);
  const voices = voicesOf(run, { invocation, plan });
  await using closing = new AsyncDisposableStack();
  const signals = closing.use(new StopSignals(run, { io, say: voices.say }));
  const context = { invocation, plan, manifest, signals, closing, ...voices };
  const error = await work(run, context).catch((thrown) => thrown);
  if (error !== undefined && !run.hasBegun) {
    directory.discard();
    if (signals.first !== undefined) return EXIT_CODE_OF_SIGNAL[signals.first];
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`Cannot begin the load on ${plan.target}: ${error.message}`);
  }
  reporter.log({ type: "end", ...(run.end ?? { reason: "failed", atMs: run.elapsedMs }) });
  closing.defer(() => directory.close());
  using _reporting = invocation.simulation?.clock.hold();
  const exitCode = await finish(directory, { ...context, reporter, error });
  if (error === undefined) await linger(run, context);
  return exitCode;
}

/** Where a run's words go while it works. */
interface Voices {
  readonly progress: Progress | undefined;
  readonly stream: JsonStream | undefined;
  readonly say: Say;
}

/** What all parts of a run's life share. */
interface Context extends Voices {
  readonly invocation: RunInvocation;
  readonly plan: RunPlan;
  readonly manifest: Manifest;
  readonly signals: StopSignals;
  /** What is open until everything is reported. */
  readonly closing: AsyncDisposableStack;
}

function voicesOf(
  run: Run,
  { invocation: { values, io, simulation }, plan }: Pick<Context, "invocation" | "plan">,
): Voices {
  const machine = clockOfMachine(run, simulation);
  const startMs = machine.now();
  const progress = values.quiet || values["json-stream"] ? undefined : new Progress(run, io, {
    ...simulation === undefined ? {} : { passedMs: () => machine.now() - startMs },
    op: plan.mainOperation,
    targetRatePerSec: plan.targetRatePerSec,
    durationMs: values.duration ?? null,
    liveText: plan.liveText,
  });
  const stream = values["json-stream"] ? new JsonStream(io) : undefined;
  const say = (line: string) =>
    progress === undefined ? io.stderr(printable(line) + "\n") : progress.say(line);
  return { progress, stream, say };
}

const SIMULATED =
  "Times are those of a simulation, not of a target: they show what the run does and " +
  "how it is judged, and nothing about the speed of anything";

/** What passes for who reads along, and for who connects to this process. */
function clockOfMachine({ clock }: Run, simulation: Simulation | undefined): Clock {
  return simulation === undefined ? clock : new SystemClock();
}

/** From the first operation to the last undone; the error that broke the instrument, if one did. */
async function work(run: Run, context: Context): Promise<unknown> {
  const { invocation: { values }, plan, manifest, signals, progress, stream, say } = context;
  if (context.invocation.simulation !== undefined) {
    run.addFact("time", "simulated, not measured");
    run.warn("simulated", SIMULATED);
  }
  for (const { code, message } of plan.warnings ?? []) run.warn(code, message);
  await serveMetrics(run, context);
  stream?.start(manifest);
  const failure = await load(run, context);
  if (run.hasBegun) run.rotate(); // on disk, should the cleaning be killed
  progress?.close();
  await cleanUp(run, {
    timeoutMs: values["cleanup-timeout"] ?? CLEANUP_TIMEOUT_MS,
    cutting: signals.cleaning(),
    sayProgress: values.quiet ? () => {} : say,
  });
  signals.cleaned();
  if (run.hasBegun) run.rotate();
  return failure;
}

async function serveMetrics(run: Run, context: Context): Promise<void> {
  const { invocation, plan, manifest: { command }, closing, say } = context;
  const address = invocation.values["metrics-addr"];
  if (address === undefined) return;
  const info = { command, runId: run.id, version: VERSION };
  const diagnostics = await startDiagnostics({
    address,
    metrics: () => joinPages(renderPrometheus(run.liveParts, info), plan.metrics?.(run) ?? ""),
    commandLine: commandLineOf(invocation),
    clock: clockOfMachine(run, invocation.simulation),
    onInterrupted: (message) => run.warn("metrics-interrupted", message),
  });
  closing.defer(() => diagnostics.close());
  say(`metrics and profiles at ${diagnostics.url}`);
}

/** Lets the instrument work, and stops it in time; the error that broke it, if one did. */
async function load(
  run: Run,
  { invocation: { values, io, simulation }, plan, progress, stream, say }: Context,
): Promise<unknown> {
  const ended = new AbortController();
  // Of a generator for which time stands still there is nothing to tell.
  const monitor = simulation === undefined
    ? new SelfMonitor({
      clock: run.clock,
      recorder: run.recorder,
      loop: run.loop,
      loopLagIntervalMs: plan.loopLagIntervalMs,
    })
    : undefined;
  const unanswered = new Unanswered();
  const clockwork = Promise.all([
    tick(run, ended.signal, async () => {
      progress?.tick();
      stream?.interval(run);
      if (stream !== undefined && simulation !== undefined) await readAlong(io, simulation);
    }),
    stopAfter(run, values.duration, ended.signal),
    abortAfterGrace(run, { ended: ended.signal, unanswered }),
  ]);
  let failure: unknown;
  try {
    await plan.instrument(run, say);
    run.stop("limit");
  } catch (error) {
    // A run that was stopped may end where it waited: that is its end, and no failure of its own.
    if (!(run.hasBegun && isCancellation(error, run))) failure = error;
    run.stop("failed");
  }
  ended.abort();
  warnOfLateStandIns(run);
  await clockwork;
  await monitor?.close();
  unanswered.end(run);
  return failure;
}

/** Share of the time beyond which stand-ins that were away are told of. */
const BEARABLE_AWAY_RATIO = 0.05;
/** Of so short a time their start alone is a large share. */
const LEAST_AWAY_MS = 500;

/** Says of a sandbox that was late that it was, so that nobody takes it for a slow target. */
function warnOfLateStandIns(run: Run): void {
  const nowMs = run.clock.now();
  const awayMs = run.standInLagMs(run.startMs, nowMs);
  const ratio = awayMs / (nowMs - run.startMs);
  if (awayMs < LEAST_AWAY_MS || !(ratio > BEARABLE_AWAY_RATIO)) return;
  run.warn(
    "sandbox-late",
    `The sandbox's own event loop was behind for ${formatSignificant(100 * ratio)} % of the ` +
      "time: it shares this machine with the load, and what it did late is no figure of a target; " +
      "verdicts that this decides are inconclusive",
  );
}

/** Keeps `/metrics` up after a run that ended by itself, for the last scrape. */
async function linger(run: Run, { invocation, plan, signals, say }: Context): Promise<void> {
  const { lingerMs = 0 } = plan;
  const isServed = invocation.values["metrics-addr"] !== undefined;
  const endedByItself = run.end?.reason === "duration" || run.end?.reason === "limit";
  if (lingerMs <= 0 || !isServed || !endedByItself || signals.received.aborted) return;
  say(`keeping /metrics up for ${formatDuration(lingerMs)}; Ctrl-C to end at once`);
  const clock = clockOfMachine(run, invocation.simulation);
  await clock.sleepUntil(clock.now() + lingerMs, signals.received);
}

/** How long after the end of a second what threads have measured in it may take to come. */
const FROM_THREADS_MS = 100;

/** A reader has no chance to keep up with simulated seconds: they wait for it. */
async function readAlong(io: Pick<Io, "settled">, { clock }: Simulation): Promise<void> {
  using _held = clock.hold();
  await io.settled({ patienceMs: PATIENCE_MS });
}

/** Closes an interval each second, and shows it. */
async function tick(
  run: Run,
  ended: AbortSignal,
  onInterval: () => Promise<void>,
): Promise<void> {
  const over = AbortSignal.any([ended, run.stopping]);
  await untilBegun(run, over);
  while (!over.aborted) {
    await run.clock.sleepUntil(run.nextSecondMs, over);
    if (!run.hasBegun) return;
    run.rotate();
    if (run.hasThreads) await run.clock.sleepUntil(run.clock.now() + FROM_THREADS_MS, over);
    await onInterval();
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

async function abortAfterGrace(
  run: Run,
  { ended, unanswered }: { ended: AbortSignal; unanswered: Unanswered },
): Promise<void> {
  await run.clock.sleepUntil(Infinity, AbortSignal.any([ended, run.stopping]));
  // What prepares a load is worth no waiting once there will be none.
  if (run.hasBegun) await run.clock.sleepUntil(run.clock.now() + GRACE_MS, ended);
  if (ended.aborted) return;
  unanswered.begin(run);
  run.abort();
}
