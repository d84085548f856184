/**
 * The life of one `scaletool cleanup`: find, ask if it has to be asked, delete, tell.
 * @module
 */

import { printable, type Say } from "../../core/say.ts";
import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../core/exit_code.ts";
import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { Deadline, withinTime } from "../../core/load/deadline.ts";
import { createRng, randomSeed } from "../../core/load/rng.ts";
import type { Invocation, StopSignal } from "../../core/command/command.ts";
import { createRunId } from "../../core/command/run_id.ts";
import { formatDuration } from "../../core/units.ts";
import { NAME } from "../../core/version.ts";
import { resolveTarget, systemWorld } from "../config/target.ts";
import { type ClusterSession, connectCluster } from "../connect.ts";
import { type Cleaning, cleanUpRuns } from "./clean_up_runs.ts";
import type { CleanupContext } from "./labelled_objects.ts";
import {
  type CleanupCommandFlags,
  type CleanupCommandValues,
  type RunChoice,
  runChoice,
} from "./mod.ts";
import { type CleanupResult, cleanupText, isOver } from "./result.ts";

/**
 * @param isOfCommand runs of other commands are left alone, see {@link Cleaning}
 * @returns 0 if nothing is left (or in a dry run), 3 if something is or may be, 2 if `--yes` is
 *   missing, 129, 130 or 143 after a signal
 * @throws {UsageError | CannotRunError} if nothing could be done
 */
export async function runCleanup(
  invocation: Invocation<CleanupCommandFlags>,
  isOfCommand?: Cleaning["isOfCommand"],
): Promise<ExitCode> {
  const { values, io } = invocation;
  const choice = runChoice(values);
  const clock = new SystemClock();
  const stop = new AbortController();
  let signalled: StopSignal | undefined;
  const release = io.onStopSignal((signal) => {
    release(); // nobody listens for a second one, which ends the process
    signalled = signal;
    io.stderr(`${NAME}: ${signal}: ending; what was not deleted is left\n`);
    stop.abort(new Error(`${signal}: cut off`));
  });
  using _deadline = new Deadline(clock, {
    limitMs: values.timeout,
    onOver() {
      stop.abort(new Error(`not done within ${formatDuration(values.timeout)} (--timeout)`));
    },
  });
  try {
    using session = await connect(invocation, { choice, clock, signal: stop.signal });
    const stderr = values.quiet ? () => {} : (line: string) => io.stderr(`${printable(line)}\n`);
    await using heartbeat = new Heartbeat(stderr, { clock });
    const say = (line: string) => heartbeat.say(line);
    const cleaning = cleaningOf(values, { session, choice, clock, signal: stop.signal, say });
    const chosen = { ...cleaning, ...given({ isOfCommand }) };
    const result = await cleanUpRuns(chosen).catch(failedAt(session.target.server));
    write(result, invocation, clock);
    if (signalled !== undefined) return EXIT_CODE_OF_SIGNAL[signalled];
    return exitCodeOf(result, values);
  } catch (thrown) {
    if (signalled !== undefined) return EXIT_CODE_OF_SIGNAL[signalled];
    if (!stop.signal.aborted) throw thrown;
    throw new CannotRunError(`Cannot clean up: ${stop.signal.reason.message}`);
  } finally {
    release();
  }
}

/** Says where a question failed without which nothing can be found. */
function failedAt(server: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof OperationFailedError)) throw thrown;
    throw new CannotRunError(`Cannot clean up on ${server}: ${thrown.message}`);
  };
}

/** Rejects with the signal's reason: a server may take a connection and say nothing. */
async function connect(
  { values, command }: Invocation<CleanupCommandFlags>,
  { choice, clock, signal }: { choice: RunChoice; clock: Clock; signal: AbortSignal },
): Promise<ClusterSession> {
  const ownId = createRunId(clock.wallNow(), createRng(randomSeed()));
  const options = {
    identity: { runId: choice.kind === "run" ? choice.runId : ownId, command },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
  };
  return await withinTime(clock, () => connectCluster(options), { limitMs: Infinity, signal });
}

function cleaningOf(
  values: CleanupCommandValues,
  { session, choice, clock, signal, say }: Pick<CleanupContext, "clock" | "signal" | "say"> & {
    session: ClusterSession;
    choice: RunChoice;
  },
): Cleaning {
  return {
    context: {
      cluster: session.cluster,
      clock,
      rng: createRng(randomSeed()),
      signal,
      say,
    },
    choice,
    server: session.target.server,
    user: session.user,
    namespaces: values.namespace,
    isForced: values.force,
    onlyBorrowed: values["only-borrowed"],
    takesBackChanged: values["force-borrowed"],
    isShownOnly: values["dry-run"] || needsYes(choice, values),
  };
}

/** A script has decided already; a person sees first what would go. */
function needsYes(choice: RunChoice, { yes }: CleanupCommandValues): boolean {
  return choice.kind !== "run" && !yes && Deno.stdin.isTerminal();
}

function write(
  result: CleanupResult,
  { values, io }: Invocation<CleanupCommandFlags>,
  clock: Clock,
): void {
  io.stdout(
    values.output === "json"
      ? JSON.stringify(result, null, 2) + "\n"
      : cleanupText(result, clock.wallNow()),
  );
  if (!result.dryRun || values["dry-run"]) return;
  if (result.runs.some(({ state }) => state !== "alive")) {
    io.stderr(
      result.onlyBorrowed
        ? `${NAME}: nothing was given back; give this back with --yes\n`
        : `${NAME}: nothing was deleted; delete this with --yes\n`,
    );
  }
}

function exitCodeOf(result: CleanupResult, values: CleanupCommandValues): ExitCode {
  const { runs, dryRun, notLookedAt, cutOff } = result;
  if (dryRun) {
    const isDone = values["dry-run"] || runs.every(({ state }) => state === "alive");
    return isDone ? EXIT_CODE.pass : EXIT_CODE.usage;
  }
  const isClean = runs.every(isOver) && notLookedAt.length === 0 &&
    cutOff === null;
  return isClean ? EXIT_CODE.pass : EXIT_CODE.failed;
}

const QUIET_MS = 10_000;

/**
 * How does a user know that a long wait goes on? The last line is said again, with the time that has
 * passed, whenever nothing else was said for a while. Dispose it when there is nothing more to wait for.
 */
export class Heartbeat implements AsyncDisposable {
  readonly #say: Say;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #ending = new AbortController();
  readonly #beats: Promise<void>;
  #lastLine = "waiting for the server";
  #lastMs: number;

  constructor(say: Say, { clock }: { clock: Clock }) {
    this.#say = say;
    this.#clock = clock;
    this.#startMs = this.#lastMs = clock.now();
    this.#beats = this.#beat();
  }

  say(line: string): void {
    this.#lastLine = line;
    this.#lastMs = this.#clock.now();
    this.#say(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#beats;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await this.#clock.sleepUntil(this.#lastMs + QUIET_MS, signal);
      if (signal.aborted) return;
      const nowMs = this.#clock.now();
      if (nowMs < this.#lastMs + QUIET_MS) continue;
      this.#lastMs = nowMs;
      this.#say(`${this.#lastLine} (still, after ${formatDuration(nowMs - this.#startMs)})`);
    }
  }
}
