/**
 * What one subscription tells goes to its account and to the figures of its thread. Never judges it.
 * @module
 */

import type { Account } from "../ledger/account.ts";
import type { FleetFigures } from "./fleet_figures.ts";
import type { SteveMessage } from "./messages.ts";
import type { EndCause, SubscriptionObserver } from "./subscription.ts";
import type { Watcher } from "./watcher.ts";
import type { BookedWrite } from "../ledger/written_book.ts";

/** What all observers of a thread share. */
export interface Observed {
  readonly figures: FleetFigures;
  /** By stream, how many subscriptions are live. */
  readonly live: number[];
  /** By stream, the newest revision that any of its subscriptions was told of. */
  readonly newest: number[];
  readonly onNewest: (stream: number, told: Told) => void;
  /** The calendar less the clock, ms. */
  readonly wallOffsetMs: number;
}

/** What a watcher was told, and when: ms since 1970. */
export interface Told {
  readonly revision: number;
  readonly atMs: number;
}

const OP_BY_KIND: Readonly<Record<string, BookedWrite["op"]>> = {
  create: "create",
  change: "change",
  remove: "remove",
};

/** A class and no bundle of functions, because a run has tens of thousands of them. */
export class ShareObserver implements SubscriptionObserver {
  readonly #observed: Observed;
  readonly #watcher: Watcher;
  readonly #stream: number;
  readonly #account: Account;

  constructor(
    observed: Observed,
    { watcher, stream, account }: { watcher: Watcher; stream: number; account: Account },
  ) {
    this.#observed = observed;
    this.#watcher = watcher;
    this.#stream = stream;
    this.#account = account;
  }

  started(revision: string | undefined, atMs: number): void {
    this.#addLive(1);
    this.#account.happened({
      kind: "started",
      atMs: this.#toWallMs(atMs),
      revision: revision === undefined ? undefined : Number(revision),
    });
  }

  ended(cause: EndCause, atMs: number): void {
    const { figures, live } = this.#observed;
    figures.ended(this.#stream, cause, { live: live[this.#stream] ?? 0 });
    this.#addLive(-1);
    // A socket that is dead says so late: what was certainly heard on it is all that counts.
    const workedMs = cause === "socket" ? Math.min(atMs, this.#watcher.heardMs) : atMs;
    this.#account.happened({
      kind: "ended",
      atMs: this.#toWallMs(atMs),
      workedUntilMs: this.#toWallMs(workedMs),
    });
  }

  refused(cause: EndCause): void {
    this.#observed.figures.refused(this.#stream, cause);
  }

  stray({ kind }: SteveMessage): void {
    this.#observed.figures.stray(kind);
  }

  saw(message: SteveMessage, atMs: number): void {
    const revision = Number(message.revision ?? NaN);
    if (!Number.isFinite(revision)) return this.#observed.figures.stray(message.kind);
    const op = OP_BY_KIND[message.kind];
    const told = { kind: "told", atMs: this.#toWallMs(atMs), revision } as const;
    const { newest, onNewest } = this.#observed;
    if (revision > (newest[this.#stream] ?? 0)) {
      newest[this.#stream] = revision;
      onNewest(this.#stream, told);
    }
    this.#account.happened(op === undefined ? told : { ...told, op });
  }

  resumed(afterMs: number): void {
    this.#observed.figures.resumed(this.#stream, afterMs);
  }

  #addLive(change: number): void {
    const { live } = this.#observed;
    live[this.#stream] = (live[this.#stream] ?? 0) + change;
  }

  #toWallMs(atMs: number): number {
    return atMs + this.#observed.wallOffsetMs;
  }
}
