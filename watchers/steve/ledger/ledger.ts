/**
 * Was anything lost? Every event that was written against what every subscription was told of it:
 * the oracle of the test. Pure: told what happened and when, and judged some time later, because a
 * notification may be here before the answer to the write that it is about.
 *
 * In notification mode a subscription that lives must be told of a change within its debounce time
 * and a slack, by a notification with the same or a greater revision. In mode `""` it must be told
 * of every change, once. What is never told, and not explained by a stop, an error or a reconnect,
 * is lost.
 * @module
 */

import {
  type Account,
  type AccountRules,
  type AccountTotals,
  type Delay,
  emptyTotals,
} from "./account.ts";
import { ChangeAccount } from "./change_account.ts";
import { ObjectAccount } from "./object_account.ts";
import { Disturbances, WrittenBook } from "./written_book.ts";
import type { SteveType, SubscriptionSpec, WrittenEvent } from "../written_event.ts";

/** What Steve takes for no debounce time, ms. */
const STEVE_DEBOUNCE_MS = 5_000;
/** How many lost events are described. */
export const MOST_EXAMPLES = 5;
/** When so many subscriptions are behind together, the server is, and no single notification is missing. */
const STALL_RATIO = 0.9;
/** How much longer than anybody may ask for it an event is remembered, ms. */
const MEMORY_MS = 30_000;

export interface LedgerOptions {
  /** What each watcher subscribes to; accounts are by their index. */
  readonly streams: readonly SubscriptionSpec[];
  /** Beyond the debounce time, ms. */
  readonly slackMs: number;
  /** From a message to its judgement, ms: longer than a write takes to be answered and reported here. */
  readonly holdMs: number;
  /** How long after its time an event that was not told is lost, ms. */
  readonly giveUpMs: number;
  readonly onDelay?: (stream: number, delay: Delay) => void;
  /** How long of that calendar time event loops of our own were away, ms; absent: never. */
  readonly ownLagMs?: AccountRules["ownLagMs"];
}

export const DEFAULT_LEDGER_TIMES = { slackMs: 2_000, holdMs: 1_000, giveUpMs: 60_000 };

/** What subscriptions are told on. */
export interface TellingSocket {
  /** When the latest message of any kind came on it, ms of its own clock. */
  readonly heardMs: number;
}

/** What a ledger found. */
export interface LedgerSummary {
  /** By stream. */
  readonly totals: readonly AccountTotals[];
  /** Some lost or missed events, in words. */
  readonly examples: readonly string[];
}

/** See the module. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #rules: readonly AccountRules[];
  /** By type and namespace; streams of the same scope share one. */
  readonly #books = new Map<string, WrittenBook>();
  readonly #disturbances = new Map<SteveType, Disturbances>();
  /** By stream. */
  readonly #accounts: Account[][];
  readonly #sockets = new Map<TellingSocket, Account[]>();
  readonly #examples: string[] = [];
  #behind = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#accounts = options.streams.map(() => []);
    this.#rules = options.streams.map((spec, stream) => this.#rulesOf(spec, stream));
  }

  /** Writes something down. Takes it from any thread at any time; what comes too late is not judged. */
  written(event: WrittenEvent): void {
    this.#books.get(scopeKey(event.type))?.add(event);
    if (event.namespace === undefined) return;
    this.#books.get(scopeKey(event.type, event.namespace))?.add(event);
  }

  /** The definition of a type was changed then, calendar ms: Steve reads all of its objects anew. */
  disturbed(type: SteveType, atMs: number): void {
    this.#disturbances.get(type)?.changed(atMs);
  }

  /** Opens the account of one subscription on a socket. */
  account(stream: number, socket: TellingSocket): Account {
    const rules = this.#rules[stream];
    if (rules === undefined) throw new RangeError(`Cannot account for stream ${stream}: no such`);
    const isChange = this.#options.streams[stream]?.mode === "resource.changes";
    const account = isChange ? new ChangeAccount(rules) : new ObjectAccount(rules);
    this.#accounts[stream]?.push(account);
    const beside = this.#sockets.get(socket);
    if (beside === undefined) this.#sockets.set(socket, [account]);
    else beside.push(account);
    return account;
  }

  /** Judges what can be judged at this calendar time, ms; to be called about once a second. */
  settle(wallMs: number): void {
    const { holdMs, giveUpMs } = this.#options;
    this.#settleAll(wallMs - holdMs);
    this.#findBehind(wallMs - holdMs);
    const longestMs = Math.max(0, ...this.#rules.map(({ limitMs }) => limitMs));
    const beforeMs = wallMs - holdMs - longestMs - giveUpMs - MEMORY_MS;
    for (const book of this.#books.values()) book.forgetBefore(beforeMs);
  }

  /**
   * Judges everything; what has still time to be told counts for nothing. A socket that told nothing
   * of all that was due may be dead since it was last heard: that is no proof of a lost event.
   * @param options `nowMs`: the same on the clock of the sockets
   */
  finish(wallMs: number, { nowMs }: { nowMs: number }): LedgerSummary {
    this.#settleAll(wallMs);
    for (const [{ heardMs }, accounts] of this.#sockets) {
      const isAlive = accounts.some((account) => account.isUpToDate(wallMs));
      const workedUntilMs = isAlive ? wallMs : wallMs - (nowMs - heardMs);
      for (const account of accounts) account.close(wallMs, { workedUntilMs });
    }
    return this.summary();
  }

  summary(): LedgerSummary {
    return {
      totals: this.#rules.map(({ totals }) => ({ ...totals })),
      examples: [...this.#examples],
    };
  }

  /** How long after the last write everything can be judged, ms. */
  get settleMs(): number {
    return settleMs(this.#options);
  }

  /** Written events that are still held in memory, over all scopes. */
  get rememberedEvents(): number {
    return [...this.#books.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Live subscriptions that had, when it was last settled, not been told what they should have been. */
  get behind(): number {
    return this.#behind;
  }

  #settleAll(horizonMs: number): void {
    for (const account of this.#accounts.flat()) account.settle(horizonMs);
  }

  #findBehind(horizonMs: number): void {
    this.#behind = 0;
    for (const [stream, accounts] of this.#accounts.entries()) {
      const active = accounts.filter(({ isActive }) => isActive).length;
      const behind = accounts.filter((account) => account.isBehind(horizonMs)).length;
      this.#behind += behind;
      const rules = this.#rules[stream];
      // One alone has nobody to be compared with.
      const isStalled = behind > 1 && behind >= STALL_RATIO * active;
      if (rules !== undefined && isStalled) rules.stalledMs = horizonMs;
    }
  }

  #rulesOf(spec: SubscriptionSpec, stream: number): AccountRules {
    const { giveUpMs, onDelay = () => {}, ownLagMs = () => 0 } = this.#options;
    const key = scopeKey(spec.type, spec.namespace);
    const book = this.#books.get(key) ?? new WrittenBook();
    this.#books.set(key, book);
    const disturbances = this.#disturbances.get(spec.type) ?? new Disturbances();
    this.#disturbances.set(spec.type, disturbances);
    return {
      book,
      disturbances,
      limitMs: limitMs(spec, this.#options),
      giveUpMs,
      totals: emptyTotals(),
      stalledMs: -Infinity,
      onDelay: (delay) => onDelay(stream, delay),
      ownLagMs,
      onLost: ({ op, id, revision }, why) => {
        if (this.#examples.length >= MOST_EXAMPLES) return;
        this.#examples.push(`${op} of ${spec.type} "${id}" at revision ${revision} (${why})`);
      },
    };
  }
}

/** From a write to the message about it at most, ms. */
function limitMs(
  { mode, debounceMs }: SubscriptionSpec,
  { slackMs }: Pick<LedgerOptions, "slackMs">,
): number {
  return mode === "" ? slackMs : (debounceMs || STEVE_DEBOUNCE_MS) + slackMs;
}

/** How long after the last write everything can be judged, ms. */
export function settleMs(options: Pick<LedgerOptions, "streams" | "slackMs" | "holdMs">): number {
  return options.holdMs + Math.max(0, ...options.streams.map((spec) => limitMs(spec, options)));
}

function scopeKey(type: string, namespace = ""): string {
  return `${namespace}/${type}`;
}
