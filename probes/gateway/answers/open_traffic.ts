/**
 * What does a request through a gateway take at a given rate? The work of an open load: requests over a
 * fixed number of kept connections, due when the schedule says so, however slow the gateway is. So a
 * slow answer makes those behind it wait, which their response time has and their service time has not.
 * Never decides when.
 *
 * Source of the rule: Schroeder, Wierman, Harchol-Balter, "Open Versus Closed: A Cautionary Tale",
 * NSDI 2006; Tene, wrk2 (response time from the due time).
 * @module
 */

import { given } from "../../../core/given.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import type { Recorder } from "../../../core/measure/recorder.ts";
import {
  type Answer,
  AnswerCounts,
  type ClassCount,
  type Expected,
  matches,
  requireExpected,
} from "./answer.ts";
import { Asker, type DataPlane, type Question } from "./data_plane.ts";

/**
 * How long a request waited because all connections were busy, ms; 0 for one that found a free one. What
 * the generator itself was late by is no part of it.
 */
export const CONNECTION_WAIT = "connectionWait";

export interface TrafficOptions {
  readonly clock: Clock;
  /** Takes {@link CONNECTION_WAIT}. */
  readonly recorder: Pick<Recorder, "observeMs">;
  readonly dataPlane: DataPlane;
  /** How many connections, >= 1; each carries one request at a time. */
  readonly connections: number;
  readonly host: string;
  readonly path: string;
  readonly expected: Expected;
  /** Of each request, which is a POST then; absent: they are GETs. */
  readonly body?: Uint8Array | undefined;
  /** Of one request. @default 2,000 */
  readonly timeoutMs?: number;
}

/** The connections of a load through one gateway. Dispose of it when the load has ended. */
export class OpenTraffic implements Workload, Disposable {
  readonly name: string;
  readonly firstOp = "request";
  readonly #options: TrafficOptions;
  readonly #askers: readonly Asker[];
  /** The one that has waited longest is next, so that all connections have a share of the requests. */
  readonly #free: Asker[];
  readonly #counts: AnswerCounts;
  readonly #question: Pick<Question, "host" | "path" | "body">;

  constructor(options: TrafficOptions) {
    const { clock, dataPlane, connections, timeoutMs, expected, host, path, body } = options;
    this.#options = options;
    this.#question = { host, path, ...given({ body }) };
    this.name = `traffic through ${dataPlane.gateway}`;
    const limits = { mostBodyBytes: Infinity, ...given({ timeoutMs }) };
    this.#askers = Array.from(
      { length: connections },
      () => new Asker(dataPlane, { clock, connection: "kept", ...limits }),
    );
    this.#free = [...this.#askers];
    this.#counts = new AnswerCounts(expected);
  }

  /** What the load model has to have as its `maxInFlight`: one request on each connection. */
  get maxInFlight(): number {
    return this.#askers.length;
  }

  /** How many connections were opened: as many as there are, and one more for each replacement. */
  get opened(): number {
    return this.#askers.reduce((sum, { opened }) => sum + opened, 0);
  }

  get byClass(): Readonly<Record<string, ClassCount>> {
    return this.#counts.byClass;
  }

  /**
   * Asks once over each connection, so that no request of the load has to wait for one; not recorded.
   * @returns the first answer that is not the expected one
   * @throws the signal's reason, once it has aborted
   */
  async connect(signal: AbortSignal): Promise<Answer | undefined> {
    const { expected } = this.#options;
    const answers = await Promise.all(
      this.#askers.map((asker) => asker.ask({ ...this.#question, signal })),
    );
    return answers.find((answer) => !matches(answer, expected));
  }

  /** One request: a sample `request`, failed with the answer's class if it is not the expected one. */
  async iterate(iteration: Iteration): Promise<void> {
    const { clock, recorder } = this.#options;
    const { tags } = this.#askers[0]!;
    const beganMs = clock.now();
    const isBusy = this.#free.length === 0;
    await iteration.timed(async (settledAt) => {
      const asker = this.#free.shift();
      if (asker === undefined) throw new RangeError("More in flight than connections");
      const atMs = clock.now();
      recorder.observeMs(CONNECTION_WAIT, isBusy ? atMs - beganMs : 0, { atMs, tags });
      try {
        settledAt(await this.#ask(asker, iteration.aborted));
      } finally {
        this.#free.push(asker);
      }
    }, { op: this.firstOp, tags });
  }

  async #ask(asker: Asker, signal: AbortSignal): Promise<number> {
    const { expected } = this.#options;
    const answer = await asker.ask({ ...this.#question, signal });
    this.#counts.add(answer);
    requireExpected(answer, expected);
    return answer.atMs;
  }

  [Symbol.dispose](): void {
    for (const asker of this.#askers) asker[Symbol.dispose]();
  }
}
