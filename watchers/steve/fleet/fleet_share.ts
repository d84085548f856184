/**
 * The watchers of one thread: connects them at their times, sweeps over them, tells the ledger what
 * they were told and counts what became of them. Knows nothing of threads and of real sockets.
 * @module
 */

import type { Say } from "../../../core/say.ts";
import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import { replay } from "../../../core/load/arrival.ts";
import { execute } from "../../../core/load/executor.ts";
import { Ticker } from "../../../core/load/ticker.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Run } from "../../../core/run/run.ts";
import { ConnectQueue } from "./connect_queue.ts";
import { FleetFigures } from "./fleet_figures.ts";
import { Ledger, type LedgerOptions, type LedgerSummary } from "../ledger/ledger.ts";
import type { SteveMessage } from "./messages.ts";
import { type ListRevision, Revisions } from "./revisions.ts";
import { type Observed, ShareObserver, type Told } from "./share_observer.ts";
import { type ShareState, type Stability, stabilityOf } from "./stability.ts";
import type { DialSteve } from "./steve_socket.ts";
import type { SubscriptionObserver, SubscriptionPolicy } from "./subscription.ts";
import { type LeaveCause, type SocketPolicy, Watcher, type WatcherHost } from "./watcher.ts";
import {
  type SteveType,
  type SubscriptionSpec,
  wallTimer,
  type WrittenEvent,
} from "../written_event.ts";

const SWEEP_MS = 100;
/** How often everybody's account is settled. */
export const SETTLE_EVERY_MS = 1_000;
/** A list for the first start may be so old: it is quicker than one for each watcher. */
const FIRST_LIST_AGE_MS = 5_000;
/** How long to wait for the first answer to every subscription before the fleet counts as ready. */
const READY_WITHIN_MS = 60_000;
/** Under way at a time: 500 at once overflow the queue of a common server, and then wait for seconds. */
const MOST_HANDSHAKES = 200;
/** Of the failures of sockets and lists one in so long is said. */
const SAY_EVERY_MS = 10_000;

/** Plain data: what the watchers of one thread are. */
export interface ShareOptions extends Pick<LedgerOptions, "slackMs" | "holdMs" | "giveUpMs"> {
  /** When each watcher is to connect, ms from the start; at least one. */
  readonly offsetsMs: readonly number[];
  /** How many may connect again, per second. */
  readonly reconnectRatePerSec: number;
  readonly subscriptions: readonly SubscriptionSpec[];
  readonly socketPolicy: SocketPolicy;
  readonly subscriptionPolicy: SubscriptionPolicy;
}

/** How a share gets to Steve. */
export interface SharePeer {
  readonly dial: DialSteve;
  readonly list: ListRevision;
}

/** Called when any watcher is the first to be told of a revision of the type. */
export type OnNotified = (type: SteveType, told: Told) => void;

export interface ShareSummary extends LedgerSummary {
  readonly stability: Stability;
}

/** See the module. */
export class FleetShare implements WatcherHost {
  readonly #run: Run;
  readonly #options: ShareOptions;
  readonly #say: Say;
  readonly #wallMs: () => number;
  readonly #figures: FleetFigures;
  readonly #ledger: Ledger;
  readonly #revisions: Revisions;
  readonly #queue: ConnectQueue<Watcher>;
  readonly #watchers: readonly Watcher[];
  readonly #observed: Observed;
  readonly #closing = new AsyncDisposableStack();
  #openWatchers = 0;
  #isConnecting = false;
  #lastSaidMs = -Infinity;

  constructor(
    run: Run,
    options: ShareOptions,
    { peer, say, onNotified = () => {} }: {
      peer: SharePeer;
      say: Say;
      onNotified?: OnNotified | undefined;
    },
  ) {
    const { subscriptions: streams, offsetsMs, reconnectRatePerSec } = options;
    const { clock } = run;
    this.#run = run;
    this.#options = options;
    this.#say = say;
    this.#wallMs = wallTimer(clock);
    this.#figures = new FleetFigures(run, streams);
    const wallOffsetMs = this.#wallMs() - clock.now();
    this.#ledger = new Ledger({
      ...options,
      streams,
      onDelay: (stream, delay) =>
        this.#figures.delay(stream, { ...delay, atMs: delay.atMs - wallOffsetMs }),
      ownLagMs: (fromMs, toMs) => run.ownLagMs(fromMs - wallOffsetMs, toMs - wallOffsetMs),
    });
    this.#revisions = new Revisions((spec) => this.#list(spec, peer.list), clock);
    this.#queue = new ConnectQueue(reconnectRatePerSec, clock.now());
    this.#observed = {
      figures: this.#figures,
      live: streams.map(() => 0),
      newest: streams.map(() => 0),
      onNewest: (stream, told) => onNotified(streams[stream]!.type, told),
      wallOffsetMs,
    };
    const rng = run.rng.fork("watchers");
    const { socketPolicy, subscriptionPolicy } = options;
    const policies = { socketPolicy, subscriptionPolicy };
    const parts = { specs: streams, dial: peer.dial, host: this, clock, rng, ...policies };
    this.#watchers = offsetsMs.map(() => new Watcher(parts));
  }

  /** Resolves once every watcher has tried to connect and every subscription has an answer. */
  async start(): Promise<void> {
    const { clock, stopping } = this.#run;
    this.#closing.use(new Ticker(() => this.#sweep(), { clock, periodMs: SWEEP_MS }));
    this.#closing.use(new Ticker(() => this.#settle(), { clock, periodMs: SETTLE_EVERY_MS }));
    await this.#connectAll();
    const untilMs = clock.now() + READY_WITHIN_MS;
    while (!stopping.aborted && clock.now() < untilMs && this.#isAnyPending()) {
      await clock.sleepUntil(clock.now() + SWEEP_MS, stopping);
    }
  }

  written(events: readonly WrittenEvent[]): void {
    for (const event of events) this.#ledger.written(event);
  }

  disturbed(type: SteveType, atMs: number): void {
    this.#ledger.disturbed(type, atMs);
  }

  get state(): ShareState {
    return {
      openWatchers: this.#openWatchers,
      liveSubscriptions: this.#observed.live.reduce((sum, count) => sum + count, 0),
      behindSubscriptions: this.#ledger.behind,
    };
  }

  /** Judges everything, closes all sockets and says what became of the watchers. */
  async finish(): Promise<ShareSummary> {
    const stability = stabilityOf(this.#watchers);
    const ledger = this.#ledger.finish(this.#wallMs(), { nowMs: this.#run.clock.now() });
    for (const watcher of this.#watchers) watcher.end();
    await this.#closing.disposeAsync();
    this.#figures.accounts(ledger.totals);
    this.#figures.finish();
    return { ...ledger, stability };
  }

  observer(watcher: Watcher, stream: number): SubscriptionObserver {
    const account = this.#ledger.account(stream, watcher);
    return new ShareObserver(this.#observed, { watcher, stream, account });
  }

  message(kind: SteveMessage["kind"], characters: number): void {
    this.#figures.message(kind, characters);
  }

  unassigned({ kind }: SteveMessage): void {
    this.#figures.unassigned(kind);
  }

  opened(): void {
    this.#openWatchers++;
  }

  left({ heardMs }: Watcher, cause: LeaveCause, nowMs: number): void {
    this.#openWatchers--;
    this.#figures.left(cause);
    if (cause === "silent") this.#figures.silent(nowMs - heardMs);
  }

  ownLagMs(fromMs: number, toMs: number): number {
    return this.#run.ownLagMs(fromMs, toMs);
  }

  wantsToConnect(watcher: Watcher, dueMs: number): void {
    this.#queue.add(watcher, dueMs);
  }

  list(stream: number, nowMs: number): Promise<string | undefined> {
    const spec = this.#options.subscriptions[stream];
    if (spec === undefined) throw new RangeError(`Cannot list for stream ${stream}: no such`);
    const isFirst = this.#isConnecting;
    return this.#revisions.get(spec, { notBeforeMs: nowMs - (isFirst ? FIRST_LIST_AGE_MS : 0) });
  }

  async #connectAll(): Promise<void> {
    const { offsetsMs } = this.#options;
    this.#isConnecting = true;
    await execute(this.#run, {
      workload: {
        name: "watchers",
        firstOp: "connect",
        iterate: async (iteration) => {
          const watcher = this.#watchers[iteration.index];
          if (watcher === undefined) return;
          await iteration.timed(() => watcher.connect(), { op: "connect" })
            .catch((error) => this.#complain(error));
        },
      },
      model: {
        kind: "open",
        arrivals: replay(offsetsMs),
        // After a pause of our own the rate is made up for, but not beyond what a server queues.
        maxInFlight: MOST_HANDSHAKES,
        whenFull: "queue",
        catchUp: "burst",
      },
      maxIterations: offsetsMs.length,
    });
    this.#isConnecting = false;
  }

  async #connectAgain(watcher: Watcher, dueMs: number): Promise<void> {
    await timed(this.#run, () => watcher.connect(), { op: "reconnect", dueMs })
      .catch((error) => this.#complain(error));
  }

  async #list(spec: SubscriptionSpec, list: ListRevision): Promise<string | undefined> {
    try {
      return await timed(this.#run, () => list(spec), { op: "relist", tags: { type: spec.type } });
    } catch (error) {
      this.#complain(error);
      throw error;
    }
  }

  #sweep(): void {
    const { clock, stopping } = this.#run;
    const nowMs = clock.now();
    for (const watcher of this.#watchers) watcher.sweep(nowMs);
    if (stopping.aborted) return;
    for (const { item, dueMs } of this.#queue.take(nowMs)) void this.#connectAgain(item, dueMs);
  }

  #settle(): void {
    this.#ledger.settle(this.#wallMs());
    this.#figures.accounts(this.#ledger.summary().totals);
    this.#figures.flush();
  }

  #isAnyPending(): boolean {
    return this.#watchers.some((watcher) =>
      watcher.isOpen && watcher.subscriptions.some((subscription) => subscription.isPending)
    );
  }

  #complain(error: unknown): void {
    const nowMs = this.#run.clock.now();
    if (!(error instanceof OperationFailedError)) return;
    if (nowMs < this.#lastSaidMs + SAY_EVERY_MS) return;
    this.#lastSaidMs = nowMs;
    this.#say(`a watcher: ${messageOf(error)}; it tries again`);
  }
}
