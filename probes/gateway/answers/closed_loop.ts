/**
 * Does a data plane go on serving a route while it is changed? One client asks back to back, as fast
 * as it is answered, and keeps what was not the expected answer with its time. Never makes a change.
 *
 * Resolution: one answer, on loopback 0.1 to 0.3 ms; a fault between two questions is not seen.
 * Source: gateway-api-bench, test `routechange`: one keep-alive client in a closed loop, of which every
 * answer has to be 200. There the first other answer ends the test; here all of them are counted.
 * @module
 */

import { yieldToEventLoop } from "../../../core/load/clock.ts";
import { timed, type TimedContext } from "../../../core/load/timed.ts";
import {
  type Answer,
  AnswerCounts,
  type ClassCount,
  type Expected,
  requireExpected,
  textOf,
  UnexpectedAnswerError,
} from "./answer.ts";
import type { Asker } from "./data_plane.ts";

export interface ClosedLoopOptions {
  /** `kept`, unless fresh connections are what is tried. */
  readonly asker: Pick<Asker, "ask" | "tags">;
  readonly host: string;
  readonly path: string;
  readonly expected: Expected;
  /**
   * From an answer to the next question.
   * @default 0
   */
  readonly pauseMs?: number;
  /** Told each answer, before it is judged. */
  readonly onAnswer?: (answer: Answer) => void;
}

/** One answer that was not the expected one. */
export interface LoopFailure {
  readonly answerClass: string;
  readonly text: string;
  readonly atMs: number;
  /** Since the latest change that had been told by then; undefined before the first. */
  readonly sinceChangeMs: number | undefined;
}

/** What a loop saw. Times are of the run's clock. */
export interface LoopSeen {
  readonly asked: number;
  readonly byClass: Readonly<Record<string, ClassCount>>;
  /** All that were not expected, 404 and refused connections included: the route was served before. */
  readonly failures: number;
  /** The first {@link MOST_FAILURES} of them. */
  readonly firstFailures: readonly LoopFailure[];
  /** The longest time without an expected answer, the loop's beginning and end counting as one. */
  readonly longestGapMs: number;
  /** When it began. */
  readonly longestGapFromMs: number;
  /** Over how many connections the answers came: 1 if a kept one was never replaced. */
  readonly connections: number;
}

/** How many failures are kept; their number goes on being counted. */
export const MOST_FAILURES = 1_000;

/** One client. Run it once. */
export class ClosedLoop {
  readonly #context: TimedContext;
  readonly #options: ClosedLoopOptions;
  readonly #counts: AnswerCounts;
  readonly #firstFailures: LoopFailure[] = [];
  #failures = 0;
  #connections = 0;
  #lastConnection = 0;
  #changedMs: number | undefined;
  /** When the last expected answer came, or the loop began. */
  #servedMs: number;
  #longestGapMs = 0;
  #longestGapFromMs: number;

  constructor(context: TimedContext, options: ClosedLoopOptions) {
    this.#context = context;
    this.#options = options;
    this.#counts = new AnswerCounts(options.expected);
    this.#servedMs = this.#longestGapFromMs = context.clock.now();
  }

  /**
   * Tells that a change begins: when it is sent, as the data plane may have it before the API answers.
   * @param atMs not before that of the change before
   */
  changed(atMs: number): void {
    this.#changedMs = atMs;
  }

  /**
   * Asks until `stop` aborts, and ends with the answer under way; records a sample `request` for each
   * answer, failed with its class if it is not the expected one.
   * @throws the reason of the context's `aborted`
   */
  async run(stop: AbortSignal): Promise<LoopSeen> {
    const { clock } = this.#context;
    const { pauseMs = 0 } = this.#options;
    this.#servedMs = this.#longestGapFromMs = clock.now();
    while (!stop.aborted) {
      await this.#ask();
      // A connection that is refused at once lets no timer and no other socket have its turn.
      await yieldToEventLoop();
      if (pauseMs > 0) await clock.sleepUntil(clock.now() + pauseMs, stop);
    }
    this.#endGap(clock.now());
    return this.#seen();
  }

  async #ask(): Promise<void> {
    const { asker, host, path, expected } = this.#options;
    const signal = this.#context.aborted;
    try {
      await timed(this.#context, async (settledAt) => {
        const answer = await asker.ask({ host, path, signal });
        this.#options.onAnswer?.(answer);
        this.#count(answer);
        requireExpected(answer, expected);
        settledAt(answer.atMs);
        this.#endGap(answer.atMs);
      }, { op: "request", tags: asker.tags });
    } catch (thrown) {
      if (!(thrown instanceof UnexpectedAnswerError)) throw thrown;
      this.#failed(thrown);
    }
  }

  #count(answer: Answer): void {
    this.#counts.add(answer);
    const { connection } = answer;
    if (connection === 0 || connection === this.#lastConnection) return;
    this.#connections++;
    this.#lastConnection = connection;
  }

  #failed({ answer, reason: answerClass }: UnexpectedAnswerError): void {
    this.#failures++;
    if (this.#firstFailures.length >= MOST_FAILURES) return;
    const { atMs } = answer;
    const sinceChangeMs = this.#changedMs === undefined ? undefined : atMs - this.#changedMs;
    this.#firstFailures.push({ answerClass, text: textOf(answer), atMs, sinceChangeMs });
  }

  #endGap(atMs: number): void {
    const gapMs = atMs - this.#servedMs;
    if (gapMs > this.#longestGapMs) {
      this.#longestGapMs = gapMs;
      this.#longestGapFromMs = this.#servedMs;
    }
    this.#servedMs = atMs;
  }

  #seen(): LoopSeen {
    const { asked, byClass } = this.#counts;
    return {
      asked,
      byClass,
      failures: this.#failures,
      firstFailures: this.#firstFailures,
      longestGapMs: this.#longestGapMs,
      longestGapFromMs: this.#longestGapFromMs,
      connections: this.#connections,
    };
  }
}

/** Failures by how long after the latest change they came. */
export interface OffsetBucket {
  /** >= this, < that of the next bucket. */
  readonly fromMs: number;
  readonly count: number;
}

/** Upper ends double and more: a burst is 1 to 10 ms long, a throttled data plane is seconds behind. */
const OFFSETS_MS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/** A histogram over those that came after a change; buckets without failures are left out. */
export function failuresByOffset(failures: readonly LoopFailure[]): OffsetBucket[] {
  const counts = new Map<number, number>();
  for (const { sinceChangeMs } of failures) {
    if (sinceChangeMs === undefined) continue;
    const fromMs = OFFSETS_MS.findLast((offsetMs) => offsetMs <= sinceChangeMs) ?? 0;
    counts.set(fromMs, (counts.get(fromMs) ?? 0) + 1);
  }
  return [...counts].map(([fromMs, count]) => ({ fromMs, count }))
    .sort((one, other) => one.fromMs - other.fromMs);
}
