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
import { createRng } from "../load/rng.ts";
import { loadStages } from "../measure/stage.ts";
import { RunReporter } from "../report/run_reporter.ts";
import { stageLine } from "../report/stage_table.ts";
import { formatDuration } from "../units.ts";
import { abortDelayOf, endIfFailed } from "./abort_on_fail.ts";
import { cleanUp, finish } from "./finish.ts";
import { JsonStream } from "./json_stream.ts";
import { LiveJudge } from "./live_judge.ts";
import { makeManifest } from "./make_manifest.ts";
import type { Manifest } from "../run_log/manifest.ts";
import { Progress, progressLine, type ProgressOptions } from "./progress.ts";
import { isStaged, type RunPlan } from "./run_plan.ts";
import { putLoadOn } from "./put_load_on.ts";
import { Run } from "./run.ts";
import { heedKeys } from "./run_keys.ts";
import { serveControl } from "./serve_control.ts";
import { RunSteering } from "./run_steering.ts";
import type { Steering } from "./steering.ts";
import { isOrderly } from "../run_log/record.ts";
import { RunDirectory } from "../run_log/run_directory.ts";
import type { Io } from "../command/command.ts";
import { PATIENCE_MS } from "../command/output.ts";
import { READY_TIMEOUT_MS } from "../command/generator_flags.ts";
import { CLEANUP_TIMEOUT_MS, type RunInvocation } from "../command/run_flags.ts";
import { runIdentityOf } from "../command/run_id.ts";
import type { Simulation } from "../command/simulation.ts";
import { RunServer } from "./serve_run.ts";
import { StopSignals } from "./stop_signals.ts";

/**
 * Runs the plan and reports it.
 * @param options `clock`: that of the simulation if there is one, else the system's, or a test's;
 * `onSteering`: given what the run is steered by, before its load
 * @throws {UsageError | CannotRunError} before any load
 */
export async function conduct(
  invocation: RunInvocation,
  given: RunPlan,
  { clock = invocation.simulation?.clock ?? new SystemClock(), onSteering }: {
    clock?: Clock;
    onSteering?: (steering: Steering) => void;
  } = {},
): Promise<ExitCode> {
  const { values, io, coordinator, generators } = invocation;
  if (coordinator !== undefined) {
    const { generate } = await import("./generators/generate.ts");
    return await generate(invocation, given, { coordinator, clock });
  }
  const led = generators && (await import("./generators/coordinate.ts")).coordinated(given, {
    host: generators,
    readyTimeoutMs: values["generators-timeout"] ?? READY_TIMEOUT_MS,
  });
  const { plan } = led ?? { plan: given };
  const now = clock.wallNow();
  const { "run-id": id, seed } = runIdentityOf(values, now);
  const rng = createRng(seed);
  const manifest = makeManifest(invocation, plan, {
    runId: id,
    seed: rng.seed,
    rng: rng.name,
    startedAt: now.toISOString(),
  });
  const abortAfterMs = abortDelayOf(invocation, manifest);
  const directory = RunDirectory.create(values.out ?? `scaletool-runs/${id}`, manifest);
  generators?.keep?.(manifest);
  const reporter = new RunReporter(directory);
  const run = new Run({
    id,
    clock,
    rng,
    stages: isStaged(plan) ? [] : loadStages(values.warmup, plan.targetRatePerSec),
    directory: directory.path,
    standIns: invocation.standIns,
    ...led?.runOptions,
    onStageOver(index) {
      const stage = reporter.stage(index);
      voices.stream?.stage(stage);
      if (!values.quiet) voices.say(stageLine(stage, plan.mainOperation));
      return stage;
    },
    say: (line) => voices.say(line),
    log(...records) {
      reporter.log(...records);
      for (const record of records) if (record.type === "change") voices.stream?.change(record);
    },
  });
  run.declare(plan.measures?.counters ?? []);
  const live = new LiveJudge({ clock, standings: () => reporter.standings() });
  const steering: RunSteering = new RunSteering(run, {
    command: manifest.command,
    plan,
    line: () => progressLine(run, shown),
    say: (line) => voices.say(line),
  });
  const shown = shownOf(steering, { invocation, plan, live });
  const voices = voicesOf(run, { invocation, shown, live });
  led?.follow(steering);
  onSteering?.(steering);
  await using closing = new AsyncDisposableStack();
  const signals = closing.use(new StopSignals(run, { io, say: voices.say }));
  const shared = { invocation, plan, manifest, live, steering };
  const server = closing.use(
    new RunServer(run, {
      ...shared,
      reporter,
      clock: clockOfMachine(run, invocation.simulation),
      say: voices.say,
    }),
  );
  const context = { ...shared, signals, closing, abortAfterMs, server, ...voices };
  const error = await work(run, context).catch((thrown) => thrown);
  steering.end();
  if (error !== undefined && !run.hasBegun) {
    await closing.disposeAsync(); // nothing of it may be in the directory any more
    directory.discard();
    if (signals.first !== undefined) return EXIT_CODE_OF_SIGNAL[signals.first];
    if (!(error instanceof OperationFailedError)) throw error;
    throw new CannotRunError(`Cannot begin the load on ${plan.target}: ${error.message}`);
  }
  reporter.log({ type: "end", ...(run.end ?? { reason: "failed", atMs: run.elapsedMs }) });
  closing.defer(() => directory.close());
  using _reporting = invocation.simulation?.clock.hold();
  const exitCode = await finish(directory, { ...context, reporter, error });
  await server.end();
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
  readonly steering: RunSteering;
  readonly signals: StopSignals;
  readonly server: RunServer;
  readonly live: LiveJudge;
  /** How much judged load it takes until a threshold may end the run; undefined: none may. */
  readonly abortAfterMs: number | undefined;
  /** What is open until everything is reported. */
  readonly closing: AsyncDisposableStack;
}

/** What the live line shows. */
function shownOf(
  steering: RunSteering,
  { invocation: { values }, plan, live }: Pick<Context, "invocation" | "plan" | "live">,
): ProgressOptions {
  return {
    op: plan.mainOperation,
    get targetRatePerSec() {
      return steering.targetRatePerSec;
    },
    durationMs: values.duration ?? null,
    liveText: plan.liveText,
    failingText: () => live.text,
  };
}

function voicesOf(
  run: Run,
  { invocation: { values, io, simulation }, shown, live }: Pick<Context, "invocation" | "live"> & {
    shown: ProgressOptions;
  },
): Voices {
  const machine = clockOfMachine(run, simulation);
  const startMs = machine.now();
  const passedMs = simulation === undefined ? undefined : () => machine.now() - startMs;
  const progress = values.quiet || values["json-stream"]
    ? undefined
    : new Progress(run, io, shown, passedMs);
  const stream = values["json-stream"] ? new JsonStream(io) : undefined;
  live.onTransition(({ standing, atMs }) => stream?.threshold(standing, atMs - run.startMs));
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
  const { invocation, plan, manifest, steering, signals, progress, stream, say } = context;
  const { values, io } = invocation;
  if (invocation.simulation !== undefined) {
    run.addFact("time", "simulated, not measured");
    run.warn("simulated", SIMULATED);
  }
  for (const { code, message } of plan.warnings ?? []) run.warn(code, message);
  await context.server.open();
  serveSteering(run, context);
  stream?.start(manifest);
  const failure = await putLoadOn(run, {
    ...context,
    onSecond: () => showSecond(run, context),
    beside: async (ended) => {
      if (progress !== undefined) await heedKeys(run, steering, { io, say, ended });
    },
  });
  if (run.hasBegun) run.rotate(); // on disk, should the cleaning be killed
  if (invocation.generators !== undefined && run.hasBegun) {
    // What they measured last comes after the end of the load.
    run.latest.showTold();
    stream?.interval(run);
  }
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

/** Tells of the last second, and ends a run that has failed. */
async function showSecond(
  run: Run,
  { invocation: { io, simulation }, stream, live, progress, abortAfterMs }: Context,
): Promise<void> {
  stream?.interval(run);
  live.look();
  progress?.tick();
  if (abortAfterMs !== undefined) endIfFailed(run, live.standings, abortAfterMs);
  if (stream !== undefined && simulation !== undefined) await readAlong(io, simulation);
}

/** Lets others watch and steer it: `scaletool ctl`. */
function serveSteering(
  run: Run,
  { invocation: { simulation }, steering, closing, say }: Context,
): void {
  const { directory } = run;
  const clock = clockOfMachine(run, simulation);
  if (directory !== undefined) closing.use(serveControl(steering, { directory, clock, say }));
}

/** Keeps `/metrics` up after a run that ended in order, for the last scrape. */
async function linger(run: Run, { invocation, plan, signals, say }: Context): Promise<void> {
  const { lingerMs = 0 } = plan;
  const isServed = invocation.values["metrics-addr"] !== undefined;
  const endedByItself = isOrderly(run.end) || run.end?.reason === "threshold";
  if (lingerMs <= 0 || !isServed || !endedByItself || signals.received.aborted) return;
  say(`keeping /metrics up for ${formatDuration(lingerMs)}; Ctrl-C to end at once`);
  const clock = clockOfMachine(run, invocation.simulation);
  await clock.sleepUntil(clock.now() + lingerMs, signals.received);
}

/** A reader has no chance to keep up with simulated seconds: they wait for it. */
async function readAlong(io: Pick<Io, "settled">, { clock }: Simulation): Promise<void> {
  using _held = clock.hold();
  await io.settled({ patienceMs: PATIENCE_MS });
}
