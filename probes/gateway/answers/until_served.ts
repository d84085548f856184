/**
 * When does a data plane begin to serve a route, and when does it stop? Asks at due times until the
 * answers say so and go on saying so. Changes nothing, and never waits beyond its limit or its signal.
 *
 * Resolution: the moment lies between two questions. `bracketMs` tells how far apart these were: the
 * interval (5 ms unless told, as in gateway-api-bench) where answers come faster than that, on a
 * machine whose timers fire on time. Due times count from the first question, so that neither a slow
 * answer nor a late timer moves those after it; one that has passed meanwhile is left out.
 * Source of the states: gateway-api-bench, test `probe` (404: not yet, any other status: an error).
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import type { TimedCall } from "../../../core/load/workload.ts";
import { formatDuration } from "../../../core/units.ts";
import { type Answer, AnswerCounts, type ClassCount, type Expected, matches } from "./answer.ts";
import type { Asker } from "./data_plane.ts";

const INTERVAL_MS = 5;
const CONSECUTIVE = 3;

export interface Wait {
  /** As the subject of a message: `gw/one serves route "a"`. */
  readonly what: string;
  readonly asker: Asker;
  readonly host: string;
  readonly path: string;
  /** The answer of a data plane that serves the route. */
  readonly expected: Expected;
  /** When the change was asked for, e.g. when the API had answered the create; response times count from it. */
  readonly dueMs: number;
  /** @default 5 */
  readonly intervalMs?: number;
  /** How many answers in a row have to say the same. @default 3 */
  readonly consecutive?: number;
  /** From now; a run of good answers that began in time is held to its end. */
  readonly timeoutMs: number;
  /** Ends the wait. @default the context's `aborted` */
  readonly signal?: AbortSignal;
}

/** What was seen while waiting. Times are of the run's clock. */
export interface Seen {
  readonly asked: number;
  /** By class, with the text of the first answer of each. */
  readonly byClass: Readonly<Record<string, ClassCount>>;
  /** Answers that were errors, see answer.ts. */
  readonly errors: number;
  /** How often the awaited answer was followed by another one. */
  readonly regressions: number;
}

export interface Served extends Seen {
  /** When the first expected answer was there. */
  readonly firstMs: number;
  /** When the first of `consecutive` expected answers in a row was there, on fresh connections. */
  readonly stableMs: number;
  /** From asking the last question that was answered otherwise to `firstMs`; undefined if none was. */
  readonly bracketMs: number | undefined;
}

export interface Gone extends Seen {
  /** When the first of `consecutive` other answers in a row was there. */
  readonly goneMs: number;
  /** From asking the last question that was answered as expected to `goneMs`; undefined if none was. */
  readonly bracketMs: number | undefined;
}

/** A wait that ran out; `seen` still tells what the answers were. */
export class StillNotSoError extends OperationFailedError {
  override name = "StillNotSoError";

  constructor(message: string, readonly seen: Seen) {
    super("stalled", message);
  }
}

/**
 * Waits until the route is served, and records two samples due at `dueMs`: `served`, to the first
 * expected answer, over the asker's kind of connection; and `stable`, to the first of `consecutive`
 * in a row over fresh ones. The latter fails where the former does.
 * @param fresh asks the second part if `asker` keeps its connection
 * @throws {StillNotSoError} if it runs out
 * @throws the signal's reason, if it aborts
 */
export async function untilServed(
  context: TimedContext,
  wait: Wait & { readonly fresh?: Asker },
): Promise<Served> {
  const { asker, fresh = asker, expected, dueMs, consecutive = CONSECUTIVE } = wait;
  const answers = new Answers(context, wait, (answer) => matches(answer, expected));
  const { tags } = asker;
  const first = answers.run({ asker, length: 1 });
  const inARow = answers.run({ asker: fresh, length: consecutive });
  // One within the other: both were sent when the wait began.
  const { firstMs, bracketMs, stableMs } = await timed(context, async (settledAt) => {
    const { firstMs, bracketMs } = await timed(context, first, { op: "served", tags, dueMs });
    const { firstMs: stableMs } = await inARow(settledAt);
    return { firstMs, bracketMs, stableMs };
  }, { op: "stable", tags, dueMs });
  return { ...answers.seen, firstMs, bracketMs, stableMs };
}

/**
 * Waits until the route is not served any more, and records a sample `gone` from `dueMs` to the first
 * of `consecutive` answers in a row that are not the expected one.
 * @throws {StillNotSoError} if it runs out
 * @throws the signal's reason, if it aborts
 */
export async function untilGone(context: TimedContext, wait: Wait): Promise<Gone> {
  const { asker, expected, dueMs, consecutive = CONSECUTIVE } = wait;
  const answers = new Answers(context, wait, (answer) => !matches(answer, expected));
  const inARow = answers.run({ asker, length: consecutive });
  const what = { op: "gone", tags: asker.tags, dueMs };
  const { firstMs: goneMs, bracketMs } = await timed(context, inARow, what);
  return { ...answers.seen, goneMs, bracketMs };
}

/** Awaited answers in a row. */
interface Run {
  readonly asker: Asker;
  length: number;
  readonly firstMs: number;
  /** See {@link Served}. */
  readonly bracketMs: number | undefined;
}

/** The answers of one wait. */
class Answers {
  readonly #clock: Clock;
  readonly #wait: Wait;
  readonly #isAwaited: (answer: Answer) => boolean;
  readonly #counts: AnswerCounts;
  readonly #startMs: number;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal;
  /** Of awaited answers, over one asker's connections, the last one included. */
  #run: Run | undefined;
  /** When the last answer that was not awaited had been asked for. */
  #otherAskedMs: number | undefined;
  #nextMs: number;
  #regressions = 0;

  constructor(
    { clock, aborted }: TimedContext,
    wait: Wait,
    isAwaited: (answer: Answer) => boolean,
  ) {
    const startMs = clock.now();
    this.#clock = clock;
    this.#wait = wait;
    this.#isAwaited = isAwaited;
    this.#counts = new AnswerCounts(wait.expected);
    this.#startMs = startMs;
    this.#nextMs = startMs;
    this.#deadlineMs = startMs + wait.timeoutMs;
    this.#signal = wait.signal ?? aborted;
  }

  get seen(): Seen {
    const { asked, byClass, errors } = this.#counts;
    return { asked, byClass, errors, regressions: this.#regressions };
  }

  /** A call that ends with the first run of so many awaited answers, and settles at its start. */
  run({ asker, length }: { asker: Asker; length: number }): TimedCall<Run> {
    return async (settledAt) => {
      if (this.#run?.asker !== asker) this.#run = undefined;
      while (this.#run === undefined || this.#run.length < length) await this.#ask(asker);
      settledAt(this.#run.firstMs);
      return this.#run;
    };
  }

  async #ask(asker: Asker): Promise<void> {
    const { host, path } = this.#wait;
    await this.#clock.sleepUntil(this.#nextMs, this.#signal);
    this.#signal.throwIfAborted();
    this.#take(await asker.ask({ host, path, signal: this.#signal }), asker);
    const nowMs = this.#clock.now();
    if (this.#run === undefined && nowMs >= this.#deadlineMs) throw this.#late();
    const lastMs = this.#run === undefined ? this.#deadlineMs : Infinity;
    this.#nextMs = Math.min(this.#dueAfter(nowMs), lastMs);
  }

  #take(answer: Answer, asker: Asker): void {
    this.#counts.add(answer);
    const { askedMs, atMs: firstMs } = answer;
    if (this.#isAwaited(answer)) {
      const bracketMs = this.#otherAskedMs === undefined ? undefined : firstMs - this.#otherAskedMs;
      this.#run ??= { asker, length: 0, firstMs, bracketMs };
      this.#run.length++;
      return;
    }
    if (this.#run !== undefined) this.#regressions++;
    this.#run = undefined;
    this.#otherAskedMs = askedMs;
  }

  /** The next point of the grid that is still to come. */
  #dueAfter(nowMs: number): number {
    const { intervalMs = INTERVAL_MS } = this.#wait;
    const passed = Math.floor((nowMs - this.#startMs) / intervalMs);
    return this.#startMs + (passed + 1) * intervalMs;
  }

  #late(): StillNotSoError {
    const { what, timeoutMs } = this.#wait;
    const message = `Not so after ${formatDuration(timeoutMs)}: ${what}${this.#counts.told}`;
    return new StillNotSoError(message, this.seen);
  }
}
