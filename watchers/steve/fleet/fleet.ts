/**
 * Thousands of watchers in one process: spreads them over threads, tells each thread what was
 * written, and adds up what they found. Never writes anything itself.
 * @module
 */

import type { Say } from "../../../core/say.ts";
import { ourNumbers, ownRng, type Share } from "../../../core/load/share.ts";
import { Ticker } from "../../../core/load/ticker.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import { WorkerThread } from "../../../core/run/worker.ts";
import { TALLY_PERIOD_MS } from "../../tally.ts";
import { addTotals, emptyTotals } from "../ledger/account.ts";
import {
  type OnNotified,
  SETTLE_EVERY_MS,
  type ShareOptions,
  type ShareSummary,
} from "./fleet_share.ts";
import type { FleetTaskOptions, FromShare, ToShare } from "./fleet_task.ts";
import { MOST_EXAMPLES, settleMs } from "../ledger/ledger.ts";
import { addStability, NO_STABILITY, type ShareState } from "./stability.ts";
import type { SteveAccess } from "../client/steve_client.ts";
import { STEVE_FLEET_TASK } from "../worker_tasks.ts";
import type { SteveType, WrittenEvent } from "../written_event.ts";

/** How much longer than it should take to tell everything the end waits for what is late. */
const PATIENCE_MS = 20_000;

/** A thread looks once a second who is behind, and tells a fifth of a second later. */
const NOTICE_MS = SETTLE_EVERY_MS + 2 * TALLY_PERIOD_MS;

export interface FleetOptions extends Omit<ShareOptions, "offsetsMs" | "reconnectRatePerSec"> {
  readonly access: SteveAccess;
  /** How many there are in the whole load, >= 1; this fleet is our share of them. */
  readonly watchers: number;
  /** > 0; also the most that connect again per second. */
  readonly connectRatePerSec: number;
  /** Threads. */
  readonly workers: number;
}

/** What the watchers of all threads found. */
export type FleetSummary = ShareSummary;

/** One thread's watchers, wherever they are. */
interface Member {
  readonly ready: Promise<void>;
  readonly state: ShareState;
  /** Resolves after `finish`; rejects with what broke the thread. */
  readonly result: Promise<ShareSummary>;
  written(events: readonly WrittenEvent[]): void;
  disturbed(type: SteveType, atMs: number): void;
  finish(): void;
}

/** See the module. */
export class Fleet {
  /** Every watcher has tried to connect, and every subscription was answered. */
  readonly ready: Promise<void>;
  /** What the fleet found, after {@link finish}; rejects as soon as one of its threads breaks. */
  readonly result: Promise<FleetSummary>;
  readonly #scope: LoadScope;
  readonly #members: readonly Member[];
  readonly #gauges: Ticker;
  /** How long after the last write it is known here whether everything was told, ms. */
  readonly settleMs: number;

  /** Use {@link startFleet}. */
  constructor(scope: LoadScope, options: FleetOptions, members: readonly Member[]) {
    const { clock } = scope;
    this.#scope = scope;
    this.#members = members;
    this.settleMs = settleMs({ ...options, streams: options.subscriptions }) + NOTICE_MS;
    this.#gauges = new Ticker(() => this.#gauge(), { clock, periodMs: TALLY_PERIOD_MS });
    this.result = Promise.all(members.map(({ result }) => result)).then(summed);
    const broken = this.result.then(() => {});
    broken.catch(() => {});
    this.ready = Promise.race([Promise.all(members.map(({ ready }) => ready)), broken])
      .then(() => {});
    this.ready.catch(() => {});
  }

  get state(): ShareState {
    const sum = { openWatchers: 0, liveSubscriptions: 0, behindSubscriptions: 0 };
    for (const { state } of this.#members) {
      sum.openWatchers += state.openWatchers;
      sum.liveSubscriptions += state.liveSubscriptions;
      sum.behindSubscriptions += state.behindSubscriptions;
    }
    return sum;
  }

  /** What was written; every subscription that lives has to be told of it. */
  written(events: readonly WrittenEvent[]): void {
    for (const member of this.#members) member.written(events);
  }

  /**
   * The definition of a type was changed then (as `WrittenEvent.atMs`): what Steve tells twice or
   * only along with something later is for a few seconds no defect. Silence still is.
   */
  disturbed(type: SteveType, atMs: number): void {
    for (const member of this.#members) member.disturbed(type, atMs);
  }

  /**
   * Waits until everything that was written must have been told, and on while some were not told,
   * so that what comes late is not taken for lost; then judges it and closes all sockets. A run that
   * is aborted does not wait.
   */
  async finish(
    { waitMs = this.settleMs, patienceMs = PATIENCE_MS }: {
      waitMs?: number;
      patienceMs?: number;
    } = {},
  ): Promise<FleetSummary> {
    const { clock, aborted } = this.#scope;
    const dueMs = clock.now() + waitMs;
    await clock.sleepUntil(dueMs, aborted);
    while (
      !aborted.aborted && this.state.behindSubscriptions > 0 && clock.now() < dueMs + patienceMs
    ) {
      await clock.sleepUntil(clock.now() + TALLY_PERIOD_MS, aborted);
    }
    this.#gauge();
    await this.#gauges[Symbol.asyncDispose]();
    for (const member of this.#members) member.finish();
    return await this.result;
  }

  #gauge(): void {
    const { recorder, clock, hasBegun } = this.#scope;
    if (!hasBegun) return;
    const { openWatchers, liveSubscriptions, behindSubscriptions } = this.state;
    const at = { atMs: clock.now(), addsUp: true };
    recorder.gauge("openWatchers", openWatchers, at);
    recorder.gauge("liveSubscriptions", liveSubscriptions, at);
    recorder.gauge("behindSubscriptions", behindSubscriptions, at);
  }
}

interface FleetTools {
  readonly spawnWorker: () => Worker;
  readonly say: Say;
  readonly onNotified?: OnNotified;
}

/**
 * Starts to connect at once, always on threads of its own: whatever else is timed must not wait behind
 * the messages of thousands of sockets. Call `finish` in any case.
 */
export function startFleet(scope: LoadScope, options: FleetOptions, tools: FleetTools): Fleet {
  const { access } = options;
  const rng = ownRng(scope.share, scope.rng);
  const members = sharesOf(options, scope.share).map((share, index) => {
    const seed = rng.fork(`fleet ${index}`).seed;
    return threadMember(scope, { access, share, hasBegun: scope.hasBegun }, { ...tools, seed });
  });
  return new Fleet(scope, options, members);
}

/**
 * Watcher i connects after i / rate. The k-th of ours belongs to thread k mod threads, so that each
 * thread paces its own.
 */
function sharesOf(options: FleetOptions, share: Share): ShareOptions[] {
  const { watchers, connectRatePerSec, workers, subscriptions } = options;
  const { slackMs, holdMs, giveUpMs, socketPolicy, subscriptionPolicy } = options;
  const offsetsMs = [...ourNumbers(share, watchers)].map((i) => i * 1_000 / connectRatePerSec);
  const threads = Math.min(workers, offsetsMs.length);
  return Array.from({ length: threads }, (_, thread) => ({
    offsetsMs: offsetsMs.filter((_, i) => i % threads === thread),
    reconnectRatePerSec: connectRatePerSec / threads / share.of,
    subscriptions,
    slackMs,
    holdMs,
    giveUpMs,
    socketPolicy,
    subscriptionPolicy,
  }));
}

function threadMember(
  scope: LoadScope,
  options: FleetTaskOptions,
  { seed, spawnWorker, say, onNotified }: FleetTools & { seed: number },
): Member {
  const ready = Promise.withResolvers<void>();
  let state: ShareState = { openWatchers: 0, liveSubscriptions: 0, behindSubscriptions: 0 };
  const thread = new WorkerThread(scope, spawnWorker(), {
    task: STEVE_FLEET_TASK,
    options,
    seed,
    say,
    onValue: (value) => {
      const message = value as FromShare;
      if (message.kind === "state") state = message.state;
      else if (message.kind === "ready") ready.resolve();
      else onNotified?.(message.type, message.told);
    },
  });
  const send = (message: ToShare) => thread.send(message);
  return {
    ready: ready.promise,
    result: thread.result as Promise<ShareSummary>,
    get state() {
      return state;
    },
    written: (events) => send({ kind: "written", events }),
    disturbed: (type, atMs) => send({ kind: "disturbed", type, atMs }),
    finish: () => send({ kind: "finish" }),
  };
}

function summed(summaries: readonly ShareSummary[]): FleetSummary {
  const streams = Math.max(0, ...summaries.map(({ totals }) => totals.length));
  const totals = Array.from({ length: streams }, (_, stream) => {
    const sum = emptyTotals();
    for (const summary of summaries) addTotals(sum, summary.totals[stream] ?? emptyTotals());
    return sum;
  });
  return {
    totals,
    examples: summaries.flatMap(({ examples }) => examples).slice(0, MOST_EXAMPLES),
    stability: summaries.map(({ stability }) => stability).reduce(addStability, NO_STABILITY),
  };
}
