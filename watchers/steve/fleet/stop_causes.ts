/**
 * Why did Steve end a subscription without an error? It does not say, but two causes differ in how
 * many they hit: a rebuilt cache ends every subscription of its type at about the same time, a full
 * queue of one socket only what is on it. Told of each stop; never of what Steve did.
 * @module
 */

/** `reset`: most of the type's subscriptions stopped together. `slow-consumer`: only some did. */
type StopCause = "reset" | "slow-consumer";

/** Steve ends all watches of a cache within about a second. */
const TOGETHER_MS = 2_000;

interface Group {
  readonly firstMs: number;
  /** Subscriptions of the stream that were live before the first of them stopped. */
  readonly liveBefore: number;
  count: number;
}

/** Sorts the stops of one stream. */
export class StopCauses {
  readonly #onCause: (cause: StopCause, count: number) => void;
  #group: Group | undefined;

  /** @param onCause told about 2 s after the first stop of each group */
  constructor(onCause: (cause: StopCause, count: number) => void) {
    this.#onCause = onCause;
  }

  /** @param liveBefore live subscriptions of the stream, this one included */
  stopped(nowMs: number, { liveBefore }: { liveBefore: number }): void {
    this.flush(nowMs);
    if (this.#group === undefined) this.#group = { firstMs: nowMs, liveBefore, count: 1 };
    else this.#group.count++;
  }

  /** Sorts the group that is complete by now; with Infinity whatever there is. */
  flush(nowMs: number): void {
    const group = this.#group;
    if (group === undefined || nowMs - group.firstMs <= TOGETHER_MS) return;
    this.#group = undefined;
    const isMost = group.count * 2 >= group.liveBefore;
    this.#onCause(isMost ? "reset" : "slow-consumer", group.count);
  }
}
