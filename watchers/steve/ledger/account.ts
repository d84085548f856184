/**
 * What every account of one subscription has in common: what happened to it, kept until everything
 * that was written by then is known, and the sums. Never reads a clock.
 * @module
 */

import type { BookedWrite, Disturbances, WrittenBook } from "./written_book.ts";

/** Sums over any number of accounts; each event counts once for each subscription that it concerns. */
export interface AccountTotals {
  /** Told in time. */
  told: number;
  /** Never told, though the subscription lived on. */
  lost: number;
  /**
   * `resource.changes`: told after its time, and only along with a later change: the notification
   * that was due did not come, while it came for others.
   */
  missed: number;
  /** Told after its time, by a message that was held up or by the end of the subscription. */
  late: number;
  /** As `lost`, `missed` and `late`, but by no longer than event loops of our own were away meanwhile. */
  maybeLost: number;
  maybeMissed: number;
  maybeLate: number;
  /** Never told, but neither was anything else on the socket that was due, which may be dead. */
  unproven: number;
  /** Not told, and need not be: a stop, an error, a lost socket or a changed definition came between. */
  explained: number;
  /** Messages about what is old, soon after a start or a change of the type's definition: no defect. */
  replayed: number;
  /** Messages about what had been told already. */
  duplicates: number;
  /** Messages about something older than the message before. */
  outOfOrder: number;
  /** Mode `""`: messages of another kind than the change, e.g. a change instead of a create. */
  wrongKind: number;
}

export function emptyTotals(): AccountTotals {
  return {
    told: 0,
    lost: 0,
    missed: 0,
    late: 0,
    maybeLost: 0,
    maybeMissed: 0,
    maybeLate: 0,
    unproven: 0,
    explained: 0,
    replayed: 0,
    duplicates: 0,
    outOfOrder: 0,
    wrongKind: 0,
  };
}

/** Events that had to be told, whatever became of them. */
export function judgedEvents(totals: AccountTotals): number {
  const { told, lost, missed, late, maybeLost, maybeMissed, maybeLate, unproven } = totals;
  return told + lost + missed + late + maybeLost + maybeMissed + maybeLate + unproven;
}

/** Adds the second to the first. */
export function addTotals(sum: AccountTotals, other: AccountTotals): void {
  for (const key of Object.keys(sum) as (keyof AccountTotals)[]) sum[key] += other[key];
}

/** What happened to a subscription; all times are calendar ms as `WrittenEvent.atMs`. */
export type Happening =
  | {
    readonly kind: "started";
    readonly atMs: number;
    /** What it was to go on from; undefined: from then on. */
    readonly revision: number | undefined;
  }
  | {
    readonly kind: "told";
    readonly atMs: number;
    readonly revision: number;
    /** Mode `""` only. */
    readonly op?: BookedWrite["op"];
  }
  | {
    readonly kind: "ended";
    readonly atMs: number;
    /** Up to when it certainly worked: when it ended or, with its socket, when that was last heard. */
    readonly workedUntilMs: number;
  };

/** What a delay is counted from: the change that a message names, or the oldest one that it is the first to tell. */
export type DelayFrom = "named" | "oldest";

/** How late a change was told, and when. */
export interface Delay {
  readonly from: DelayFrom;
  readonly delayMs: number;
  readonly atMs: number;
}

/** A failure that lag of our own may explain. */
const MAYBE = { lost: "maybeLost", missed: "maybeMissed", late: "maybeLate" } as const;

/** What the accounts of one stream share. */
export interface AccountRules {
  readonly book: WrittenBook;
  readonly disturbances: Disturbances;
  /** Longest time from a write to the message about it, ms. */
  readonly limitMs: number;
  /** How long after that an event that was not told is lost, ms. */
  readonly giveUpMs: number;
  readonly totals: AccountTotals;
  /** When nearly all live subscriptions of the stream were last seen to be behind together. */
  stalledMs: number;
  readonly onDelay: (delay: Delay) => void;
  /** How long of that time event loops of our own were away, ms. */
  readonly ownLagMs: (fromMs: number, toMs: number) => number;
  /** Called with each lost or missed event. */
  readonly onLost: (written: BookedWrite, why: "lost" | "missed") => void;
}

/**
 * A write whose answer came this soon after a start may have been before it. Then it need not be
 * told, even if it is newer than the revision to go on from: a rebuilt cache knows of no deletions.
 */
const START_GRACE_MS = 1_000;

/** The account of one subscription; fed as things happen, settled when it is safe to judge. */
export abstract class Account {
  protected readonly rules: AccountRules;
  /** Not judged yet, in the order of time. */
  #happenings: Happening[] = [];
  #isActive = false;
  /** Anything since the start. */
  #wasTold = false;
  #startedMs = 0;
  /** Events with a revision up to it are known from the start. */
  #baseRevision = 0;
  /** Events that were written before need not be told. */
  #sinceMs = -Infinity;

  constructor(rules: AccountRules) {
    this.rules = rules;
  }

  happened(happening: Happening): void {
    this.#happenings.push(happening);
  }

  /**
   * Judges what happened until then, and what should have long ago.
   * @param horizonMs everything written until then is in the book
   */
  settle(horizonMs: number): void {
    const happenings = this.#happenings;
    let judged = 0;
    for (const happening of happenings) {
      if (happening.atMs > horizonMs) break;
      judged++;
      this.#judge(happening);
    }
    if (judged === happenings.length) happenings.length = 0;
    else if (judged > 0) happenings.splice(0, judged);
    if (!this.#isActive) return;
    this.giveUp(horizonMs - this.rules.giveUpMs, { as: "lost", heardUntilMs: horizonMs });
  }

  /**
   * After the last `settle`: what should have been told by then can no longer be.
   * @param socket `workedUntilMs`: up to when its socket certainly did, <= `atMs`
   */
  close(atMs: number, { workedUntilMs }: { workedUntilMs: number }): void {
    if (!this.#isActive) return;
    this.giveUp(workedUntilMs, { as: "lost", heardUntilMs: atMs });
    this.giveUp(atMs, { as: "unproven", heardUntilMs: atMs });
  }

  /** Whether it lives and has not been told by then what should have been. */
  isBehind(atMs: number): boolean {
    if (!this.#isActive) return false;
    const written = this.firstOpen();
    return written !== undefined && this.waitMs(written, atMs) > this.rules.limitMs;
  }

  /** Whether it lives, was told something, and that by then nothing else should have been. */
  isUpToDate(atMs: number): boolean {
    return this.#isActive && this.#wasTold && !this.isBehind(atMs);
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** A new session: nothing above `baseRevision` was told. */
  protected abstract begin(baseRevision: number): void;
  protected abstract tell(told: Extract<Happening, { kind: "told" }>): void;
  /**
   * What should have been told by then and was not will not be any more.
   * @param end `heardUntilMs`: so long it was waited for in vain
   */
  protected abstract giveUp(
    dueMs: number,
    end: { as: "lost" | "late" | "unproven"; heardUntilMs: number },
  ): void;
  /** The first event of the session that is neither told nor given up. */
  protected abstract firstOpen(): BookedWrite | undefined;
  /** How many events of the session are neither told nor given up, of those written until then. */
  protected abstract open(atMs: number): number;

  /** Whether the session has to tell it. */
  protected isExpected(written: BookedWrite): boolean {
    return written.revision > this.#baseRevision && written.atMs > this.#sinceMs;
  }

  /** Whether it is no wonder that something old is told then: a rebuilt cache shows all it has, in any order. */
  protected mayRepeat(toldMs: number): boolean {
    const { limitMs, disturbances } = this.rules;
    return toldMs <= this.#startedMs + limitMs ||
      disturbances.mayRepeat(toldMs, { delayMs: limitMs });
  }

  /** How long the subscription took, or has taken by then, to tell it. */
  protected waitMs(written: BookedWrite, untilMs: number): number {
    return untilMs - written.atMs;
  }

  /** @param untilMs when it was told, or how long it was waited for in vain */
  protected fail(
    written: BookedWrite,
    { as, untilMs }: { as: keyof typeof MAYBE | "unproven"; untilMs: number },
  ): void {
    const { totals, limitMs, ownLagMs, onLost } = this.rules;
    if (as === "unproven") {
      totals.unproven++;
      return;
    }
    const leastWaitMs = this.waitMs(written, untilMs) - ownLagMs(written.atMs, untilMs);
    if (leastWaitMs <= limitMs) {
      totals[MAYBE[as]]++;
      return;
    }
    totals[as]++;
    if (as !== "late") onLost(written, as);
  }

  #judge(happening: Happening): void {
    if (happening.kind === "started") return this.#start(happening);
    // A message from before the start or after the end is the subscription's own business.
    if (!this.#isActive) return;
    if (happening.kind === "told") {
      this.#wasTold = true;
      return this.tell(happening);
    }
    // The end itself tells that there is something to be listed, only later than it should.
    const { workedUntilMs: heardUntilMs } = happening;
    this.giveUp(heardUntilMs, { as: "late", heardUntilMs });
    this.rules.totals.explained += this.open(happening.atMs);
    this.#isActive = false;
  }

  #start({ atMs, revision }: Extract<Happening, { kind: "started" }>): void {
    this.#isActive = true;
    this.#wasTold = false;
    this.#startedMs = atMs;
    this.#baseRevision = revision ?? 0;
    this.#sinceMs = atMs + START_GRACE_MS;
    this.begin(this.#baseRevision);
  }
}
