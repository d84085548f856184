/**
 * Keeps an eye on the connections of a session, and tells what their silences are worth to a run:
 * what a watch may not have seen is no figure, and no pass. Cuts nothing itself.
 * @module
 */

import type { Finding } from "../../core/judge/finding.ts";
import type { Clock } from "../../core/load/clock.ts";
import { Deadline } from "../../core/load/deadline.ts";
import { Ticker } from "../../core/load/ticker.ts";
import { countersOf, type Measures } from "../../core/run/measures.ts";
import type { Run } from "../../core/run/run.ts";
import { isOrderly } from "../../core/run_log/record.ts";
import { formatDuration } from "../../core/units.ts";
import type { Silence } from "./connection_life.ts";
import type { HttpConnection } from "./http_connection.ts";
import { DEFAULT_LIFE_POLICY } from "./proof_of_life.ts";

/** See {@link LifeGuard.flush}. */
export const LIFE_MEASURES: Measures = {
  counters: countersOf("proofsOfLife", "connectionsLost", "sentAgain"),
  others: ["withoutProofOfLife"],
};
/** Longest wait for the last proof, as long as for any other. */
const ANSWER_LIMIT_MS = DEFAULT_LIFE_POLICY.loseAfterMs - DEFAULT_LIFE_POLICY.askAfterMs;
/** A run that was stopped is to end soon. */
const LAST_PROOF_MS = 3_000;

type Guarded = Pick<HttpConnection, "life">;

/** A stretch within a run, over: see {@link Silence}. */
interface Stretch {
  readonly lengthMs: number;
  readonly hadWatch: boolean;
}

/** Looks at every connection until it is disposed. */
export class LifeGuard implements Disposable {
  readonly #connections: readonly Guarded[];
  readonly #ticker: Ticker;
  readonly #reported = new Set<Silence>();
  readonly #stretches: Stretch[] = [];
  readonly #reportedCounts = new Map<string, number>();

  constructor(
    connections: readonly Guarded[],
    { clock }: { clock: Clock },
  ) {
    this.#connections = connections;
    this.#ticker = new Ticker(() => {
      for (const { life } of connections) life.look(clock.now());
    }, { clock, periodMs: DEFAULT_LIFE_POLICY.lookEveryMs });
  }

  /**
   * Hands over: `proofsOfLife`, the requests sent for nothing else; `connectionsLost`, those given up
   * and replaced; `sentAgain`, the requests that a server which ended its connection had not looked at;
   * `withoutProofOfLife`, how long each silence was that is over.
   */
  flush(run: Run): void {
    if (!run.hasBegun) return;
    const { recorder, clock } = run;
    const atMs = clock.now();
    const counts = {
      proofsOfLife: this.#sum(({ life }) => life.asked),
      connectionsLost: this.#sum(({ life }) => life.lost),
      sentAgain: this.#sum(({ life }) => life.sentAgain),
    };
    for (const [name, count] of Object.entries(counts)) {
      const growth = count - (this.#reportedCounts.get(name) ?? 0);
      if (growth > 0) recorder.count(name, growth, { atMs });
      this.#reportedCounts.set(name, count);
    }
    for (const { life } of this.#connections) {
      for (const silence of life.silences) this.#report(silence, run);
    }
  }

  /** The end of a run: a last proof of what carried watches, and what the run is worth without it. */
  async finish(run: Run): Promise<void> {
    if (!run.hasBegun) return;
    await this.#settle(run);
    const nowMs = run.clock.now();
    for (const { life } of this.#connections) life.end(nowMs);
    this.flush(run);
    const stretches = this.#stretches;
    if (stretches.length === 0) return;
    const isOfWatches = stretches.some(({ hadWatch }) => hadWatch);
    const message = `${silencesText(stretches)} on connections to the API server: what waited ` +
      `there failed${isOfWatches ? ", and what watches saw came late or not at all" : ""}`;
    run.warn("no-proof-of-life", message);
    const finding = findingOf(stretches.filter(({ hadWatch }) => hadWatch));
    if (finding !== undefined) run.addFinding(finding);
  }

  [Symbol.dispose](): void {
    // With nothing under way there is nothing that its last look could do.
    void this.#ticker[Symbol.asyncDispose]();
  }

  async #settle({ clock, cut, end }: Run): Promise<void> {
    const over = new AbortController();
    const limitMs = isOrderly(end) ? ANSWER_LIMIT_MS : LAST_PROOF_MS;
    using _deadline = new Deadline(clock, { limitMs, onOver: () => over.abort() });
    const signal = AbortSignal.any([over.signal, cut]);
    await Promise.all(this.#connections.map(({ life }) => life.settle(signal)));
  }

  #report(silence: Silence, run: Run): void {
    const { fromMs, untilMs, hadWatch } = silence;
    if (untilMs === undefined || this.#reported.has(silence)) return;
    this.#reported.add(silence);
    const lengthMs = untilMs - Math.max(fromMs, run.startMs);
    if (lengthMs <= 0) return; // getting ready is no load
    this.#stretches.push({ lengthMs, hadWatch });
    run.recorder.observeMs("withoutProofOfLife", lengthMs, { atMs: run.clock.now() });
  }

  #sum(of: (connection: Guarded) => number): number {
    return this.#connections.reduce((sum, connection) => sum + of(connection), 0);
  }
}

/** The answer to whether the watches saw everything; undefined if nothing speaks against it. */
function findingOf(stretches: readonly Stretch[]): Finding | undefined {
  if (stretches.length === 0) return undefined;
  return {
    subject: "watches proved alive",
    verdict: "inconclusive",
    observed: silencesText(stretches),
    limit: "none",
    reason:
      "a connection with watches on it did not answer: what changed meanwhile was seen late " +
      "or not at all",
  };
}

function silencesText(stretches: readonly Stretch[]): string {
  const longest = formatDuration(Math.max(...stretches.map(({ lengthMs }) => lengthMs)));
  return stretches.length === 1
    ? `${longest} without proof of life`
    : `${stretches.length} times without proof of life, ${longest} at the longest`;
}
