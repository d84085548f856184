/** One generator as its coordinator knows it: how far it is, and which of its lines have come. @module */

import type { ClockOffset, GeneratorLine, Told } from "../../generators/line.ts";

export type Over = Extract<Told, { type: "over" }>;
export type Climbs = Extract<Told, { type: "climbs" }>;

export class Member {
  /** Waits for the order to begin. */
  isReady = false;
  /** As it told when it was ready. */
  clock: ClockOffset | undefined;
  /** How it climbs; undefined: it has not come to its ladder yet. */
  climbs: Climbs | undefined;
  /** Number of the order for the rung that it has done last. */
  doneRung = 0;
  /** By the orders for changes that it has answered: why it cannot be; undefined: it is in force. */
  readonly answers = new Map<number, string | undefined>();
  hasBegun = false;
  /** By how much its load began after the run's start. */
  laterMs = 0;
  over: Over | undefined;
  /** Why nothing more is expected of it. */
  lostWhy: string | undefined;
  /** How much of what it measured has not arrived. */
  missingMs = 0;
  /** Clock time. */
  heardMs: number;
  /** It was said that nothing is heard of it. */
  isSilent = false;
  /** Where the latest interval ended that has come, ms since the run's start. */
  intervalEndMs = 0;
  /** Why intervals are missing since then. */
  gapWhy: string | undefined;
  /** Why lines may be missing since the last one; the next one's number shows whether any are. */
  toldGap: string | undefined;
  #life: string | undefined;
  #nextSeq = 0;

  constructor(readonly index: number, nowMs: number) {
    this.heardMs = nowMs;
  }

  /** There may still be something to come of it. */
  get isExpected(): boolean {
    return this.over === undefined && this.lostWhy === undefined;
  }

  /**
   * Whether the line is to be heeded: it is of this life, and has not come before. Of lines that are
   * missing before it the gap tells.
   */
  accepts({ life, seq }: GeneratorLine): boolean {
    if (this.#life === undefined) this.#life = life;
    if (life !== this.#life) {
      // One that had begun cannot begin anew: its load would be put on twice.
      if (this.hasBegun || seq !== 0) return false;
      this.#renew(life);
    }
    if (seq < this.#nextSeq) return false;
    const missing = seq - this.#nextSeq;
    if (missing > 0) this.gapWhy ??= this.toldGap ?? `${missing} of its lines are missing`;
    this.toldGap = undefined;
    this.#nextSeq = seq + 1;
    return true;
  }

  #renew(life: string): void {
    this.#life = life;
    this.#nextSeq = 0;
    this.isReady = false;
    this.climbs = undefined;
    this.gapWhy = undefined;
  }
}
