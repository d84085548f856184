/**
 * A logger at work: informers stamp and enqueue what they are notified of, workers take key after
 * key and look at what has become of it, and every turn goes to the file, the recorder and the
 * metrics. Sends nothing but lists and watches.
 * @module
 */

import { given } from "../core/given.ts";
import { messageOf } from "../core/errors.ts";
import { yieldToEventLoop } from "../core/load/clock.ts";
import { ownRng } from "../core/load/share.ts";
import { Ticker } from "../core/load/ticker.ts";
import { SampleLogWriter } from "../kube/sample_log/writer.ts";
import { formatNotificationRow, notificationHeader } from "../kube/sample_log/notification_row.ts";
import { formatDuration } from "../core/units.ts";
import type { ClusterReader } from "../kube/cluster.ts";
import { Informer } from "../kube/watch/informer.ts";
import type { Observer, ObserverCsv, ObserverOptions } from "../kube/watch/start_observer.ts";
import type { ReflectorActivity } from "../kube/watch/reflector.ts";
import { WorkQueue } from "../kube/watch/workqueue.ts";
import { BrokenWatches } from "./broken_watches.ts";
import { LoggerFigures } from "./logger_figures.ts";
import { type Moment, type Notification, ObjectLog, type Turn } from "./object_log.ts";
import type { ScaletestMetrics } from "./scaletest_metrics.ts";
import { TALLY_PERIOD_MS } from "./tally.ts";

/** How much of the file a crash loses at most. */
const FILE_FLUSH_MS = 1_000;
/** Turns in a row, a few ms of work, after which sockets and timers are looked at. */
const TURNS_AT_A_TIME = 200;
/** As klog's `-v`. */
const VERBOSITY = { event: 4, resourceVersion: 5 };
const ALL_NAMESPACES = "";
const DEFAULTS = { namespaces: [], seesOwn: false, threads: 1, compare: true, verbosity: 0 };

export interface NotificationLoggerOptions extends ObserverOptions {
  /** Where the original's metrics come from. */
  readonly metrics?: ScaletestMetrics | undefined;
}

/** Starts a logger; it is a `StartObserver`. */
export async function startNotificationLogger(
  cluster: ClusterReader,
  options: NotificationLoggerOptions,
): Promise<NotificationLogger> {
  const logger = new NotificationLogger(cluster, options);
  try {
    await logger.ready();
    return logger;
  } catch (error) {
    await logger.stop();
    throw error;
  }
}

/** See the module. */
class NotificationLogger implements Observer {
  readonly #options:
    & NotificationLoggerOptions
    & Required<Pick<NotificationLoggerOptions, keyof typeof DEFAULTS>>;
  readonly #objects: ObjectLog;
  readonly #queue = new WorkQueue<string>();
  /** By namespace; with all of them in one under the empty name. */
  readonly #informers: ReadonlyMap<string, Informer>;
  readonly #figures: LoggerFigures;
  readonly #broken = new BrokenWatches();
  readonly #writer: SampleLogWriter | undefined;
  readonly #closing = new AbortController();
  /** One for each informer. */
  readonly #running: readonly Promise<void>[];
  readonly #workedOffFirstList = Promise.withResolvers<void>();
  readonly #tickers: readonly Ticker[];
  #workers: Promise<unknown> = Promise.resolve();
  #lastNotifiedMs = -Infinity;
  #stopped: Promise<void> | undefined;

  /** Begins to list. @throws {CannotRunError} if the file cannot be made */
  constructor(cluster: ClusterReader, options: NotificationLoggerOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { csv, compare, run: { clock } } = this.#options;
    this.#writer = csv === undefined ? undefined : createFile(csv);
    this.#objects = new ObjectLog({ compare });
    this.#figures = new LoggerFigures(options.run, this.#options);
    this.#informers = this.#createInformers(cluster);
    const { signal } = this.#closing;
    this.#running = [...this.#informers.values()].map((one) => one.run(signal));
    this.ended.catch(() => {}); // those who wait for `ready` or `stop` are told as well
    this.#tickers = [
      new Ticker(() => this.#flushFigures(), { clock, periodMs: TALLY_PERIOD_MS }),
      new Ticker(() => this.#writer?.flush(), { clock, periodMs: FILE_FLUSH_MS }),
    ];
  }

  get population(): number {
    let count = 0;
    for (const informer of this.#informers.values()) count += informer.size;
    return count;
  }

  get ended(): Promise<void> {
    return Promise.all(this.#running).then(() => {});
  }

  /** See `StartObserver`. Call it once. */
  async ready(): Promise<void> {
    const { run: { clock, stopping }, resource, threads, say } = this.#options;
    const startMs = clock.now();
    const isOver = new AbortController();
    const unlessStopped = clock.sleepUntil(Infinity, AbortSignal.any([stopping, isOver.signal]));
    const synced = Promise.all([...this.#informers.values()].map((one) => one.synced));
    try {
      await Promise.race([synced, unlessStopped]);
      stopping.throwIfAborted();
      say(
        `${this.population} ${resource.plural} listed in ${formatDuration(clock.now() - startMs)}`,
      );
      this.#workers = Promise.all(Array.from({ length: threads }, () => this.#work()));
      if (this.#objects.initialCount === 0) this.#workedOffFirstList.resolve();
      await Promise.race([this.#workedOffFirstList.promise, this.#workers]);
    } finally {
      isOver.abort();
      synced.catch(() => {}); // after a stop nobody waits for it
    }
  }

  async untilQuiet(quietMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.run;
    for (;;) {
      const quietAtMs = this.#lastNotifiedMs + quietMs;
      const isQuiet = this.#queue.length === 0 && clock.now() >= quietAtMs;
      if (isQuiet || signal.aborted || this.#stopped !== undefined) return;
      await clock.sleepUntil(Math.max(quietAtMs, clock.now() + 1), signal);
    }
  }

  stop(): Promise<void> {
    return this.#stopped ??= this.#close();
  }

  async #close(): Promise<void> {
    const { run } = this.#options;
    this.#closing.abort();
    this.#queue.shutDown();
    await Promise.allSettled([...this.#running, this.#workers]);
    for (const ticker of this.#tickers) await ticker[Symbol.asyncDispose]();
    this.#writer?.close();
    const warnings = [this.#figures.clockWarning(), this.#fileWarning()];
    for (const warning of warnings) {
      if (warning !== undefined) run.warn(warning.code, warning.message);
    }
    const finding = this.#broken.finding();
    if (finding !== undefined && run.hasBegun) run.addFinding(finding);
    await Promise.all([...this.#running, this.#workers]); // a defect of theirs is told here
  }

  #createInformers(cluster: ClusterReader): ReadonlyMap<string, Informer> {
    const { namespaces, labelSelector, resource, run: { clock, rng, share } } = this.#options;
    const scopes = namespaces.length === 0 ? [ALL_NAMESPACES] : [...new Set(namespaces)];
    return new Map(scopes.map((namespace) => [
      namespace,
      new Informer(cluster, {
        resource,
        selection: {
          ...(namespace === ALL_NAMESPACES ? {} : { namespace }),
          ...given({ labelSelector }),
        },
        clock,
        rng: ownRng(share, rng.fork(`informer ${namespace}`)),
        handler: {
          onAdd: (object, { isInInitialList }) =>
            this.#notified({ kind: "add", object, isInInitialList }),
          onUpdate: (_before, object) => this.#notified({ kind: "update", object }),
          onDelete: (object) => this.#notified({ kind: "delete", object }),
        },
        onActivity: (activity) => this.#onActivity(namespace, activity),
      }),
    ]));
  }

  #now(): Moment {
    const { clock } = this.#options.run;
    return { wallMs: clock.wallNow().getTime(), nowMs: clock.now() };
  }

  /** All that a handler may do: stamp and enqueue. */
  #notified(notification: Notification): void {
    const { verbosity, say, metrics } = this.#options;
    const at = this.#now();
    this.#lastNotifiedMs = at.nowMs;
    const key = this.#objects.notified(notification, at);
    const { resourceVersion } = notification.object.metadata;
    metrics?.sawResourceVersion(resourceVersion);
    if (verbosity >= VERBOSITY.event) say(`${notification.kind} ${key}`);
    if (verbosity >= VERBOSITY.resourceVersion) say(`${key} resourceVersion ${resourceVersion}`);
    this.#queue.add(key);
  }

  async #work(): Promise<void> {
    let turns = 0;
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      this.#turn(key);
      this.#queue.done(key);
      // With nothing left it waits for the next event, and letting go would only make that one late.
      turns = this.#queue.length === 0 ? 0 : turns + 1;
      if (turns === TURNS_AT_A_TIME) {
        turns = 0;
        await yieldToEventLoop();
      }
    }
  }

  #turn(key: string): void {
    const at = this.#now();
    const turn = this.#objects.turn(key, { object: this.#informerOf(key)?.get(key), at });
    // Notified again between being handed out and its turn, a key has one turn too many.
    if (turn.notifications > 0) {
      this.#figures.turn(turn);
      this.#options.metrics?.turn(turn);
      this.#log(turn);
    }
    if (this.#objects.initialCount === 0) this.#workedOffFirstList.resolve();
  }

  #log({ row, latency }: Turn): void {
    const { csv, verbosity, say } = this.#options;
    if (csv !== undefined) {
      const { diff: _diff, ...without } = row;
      this.#writer?.append(formatNotificationRow(csv.hasDiff ? row : without, csv.dialect));
    }
    if (verbosity < VERBOSITY.event || latency === undefined) return;
    const { op, latencyMs } = latency;
    say(`${op} of ${row.namespace}/${row.name} known after ${formatDuration(latencyMs)}`);
  }

  #informerOf(key: string): Informer | undefined {
    const namespace = key.slice(0, Math.max(0, key.indexOf("/")));
    return this.#informers.get(ALL_NAMESPACES) ?? this.#informers.get(namespace);
  }

  #onActivity(namespace: string, activity: ReflectorActivity): void {
    this.#figures.activity(activity);
    this.#broken.saw(namespace, activity);
    const { say, resource: { plural } } = this.#options;
    if (activity.kind === "failed") {
      const retry = formatDuration(activity.retryInMs);
      say(`watching ${plural}: ${messageOf(activity.error)}; next try in ${retry}`);
    } else if (activity.kind === "expired") {
      say(`watching ${plural}: the resourceVersion is too old, so they are listed anew`);
    }
  }

  #flushFigures(): void {
    const levels = { observedPopulation: this.population, queueLength: this.#queue.length };
    this.#figures.flush(levels);
  }

  #fileWarning(): { readonly code: string; readonly message: string } | undefined {
    const error = this.#writer?.writeError;
    if (this.#writer === undefined || error === undefined) return undefined;
    const { path, lostRows, rows } = this.#writer;
    const message = `"${path}" lacks ${lostRows} of ${rows} rows (${error}); the figures do not`;
    return { code: "csv-incomplete", message };
  }
}

function createFile({ path, dialect, hasDiff, overwrite = false }: ObserverCsv): SampleLogWriter {
  return SampleLogWriter.create(path, {
    dialect,
    overwrite,
    header: notificationHeader(dialect, { hasDiff }),
  });
}
