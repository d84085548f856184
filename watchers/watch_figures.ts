/**
 * What any number of watchers in one process come to in the report. Never decides when anything
 * happens.
 * @module
 */

import type { Say } from "../core/say.ts";
import { OperationFailedError } from "../core/errors.ts";
import type { Outcome } from "../core/measure/sample.ts";
import { type CounterSeries, countersOf, type Measures } from "../core/run/measures.ts";
import type { LoadScope } from "../core/run/run_stage.ts";
import { formatDuration } from "../core/units.ts";
import type { WatchEvent } from "../kube/cluster.ts";
import type { Gap } from "./known_state.ts";
import { type Counter, Tally } from "./tally.ts";

/** A sick server fails every watcher: of their failures one in so long is said. */
const SAY_EVERY_MS = 10_000;

/** What comes on an open watch; 0 says nothing where none was open. */
const OF_OPEN_WATCHES: readonly CounterSeries[] = [
  ...["added", "modified", "deleted"].map((type) => ({ name: "events", tags: { type } })),
  ...countersOf("bookmarks", "receivedBytes"),
];
/** What lists show that are compared; 0 says nothing where none were. */
const OF_COMPARED_LISTS = countersOf("missedBetweenWatches", "lostEvents");

/** All that watchers measure. */
export const WATCH_MEASURES: Measures = {
  counters: countersOf("relists", "relistsAfterErrors", "watchCloses", "watchErrors"),
  others: [
    ...["list", "watch", "watchLifetime", "openWatches"],
    ...[...OF_OPEN_WATCHES, ...OF_COMPARED_LISTS].map(({ name }) => name),
  ],
};

/** Shared by all watchers of a run, or of a stage of it. */
export class WatchFigures {
  readonly #scope: LoadScope;
  readonly #say: Say;
  readonly #tally = new Tally();
  readonly #events: Readonly<Record<WatchEvent["type"], Counter>> = {
    ADDED: this.#tally.counter("events", { type: "added" }),
    MODIFIED: this.#tally.counter("events", { type: "modified" }),
    DELETED: this.#tally.counter("events", { type: "deleted" }),
    BOOKMARK: this.#tally.counter("bookmarks"),
  };
  readonly #bytes = this.#tally.counter("receivedBytes");
  readonly #closes = this.#tally.counter("watchCloses");
  readonly #relists = this.#tally.counter("relists");
  readonly #missed = this.#tally.counter("missedBetweenWatches");
  readonly #lost = this.#tally.counter("lostEvents");
  readonly #relistsAfterErrors = this.#tally.counter("relistsAfterErrors");
  #openWatches = 0;
  #wasOpen = false;
  #comparedLists = 0;
  #lostEvents = 0;
  #lastSaidMs = -Infinity;

  constructor(scope: LoadScope, say: Say) {
    this.#scope = scope;
    this.#say = say;
  }

  /** A list, or the opening of a watch, that was sent then and is over now. */
  operation(op: "list" | "watch", { sentMs, outcome }: { sentMs: number; outcome: Outcome }): void {
    const { recorder, clock } = this.#scope;
    recorder.record({ op, dueMs: sentMs, sentMs, doneMs: clock.now(), outcome });
  }

  event({ type, bytes }: WatchEvent): void {
    this.#events[type].value++;
    this.#bytes.value += bytes;
  }

  opened(): void {
    this.#openWatches++;
    if (!this.#wasOpen) this.#scope.run.declare(OF_OPEN_WATCHES);
    this.#wasOpen = true;
  }

  /**
   * A watch that was open is over.
   * @param watch `error`: why, unless the server closed it in good order; `isStopped`: by ourselves
   */
  ended(watch: { afterMs: number; error: unknown; isStopped: boolean }): void {
    const { afterMs, error, isStopped } = watch;
    this.#openWatches--;
    if (isStopped) return;
    const { recorder, clock } = this.#scope;
    const at = { atMs: clock.now() };
    recorder.observeMs("watchLifetime", afterMs, at);
    if (error === undefined) this.#closes.value++;
    else if (error instanceof OperationFailedError) {
      recorder.count("watchErrors", 1, { ...at, tags: { reason: error.reason } });
    }
  }

  /** A list after the first of its watcher. */
  relisted({ missed, lost }: Gap, { isAfterError }: { isAfterError: boolean }): void {
    this.#relists.value++;
    if (isAfterError) this.#relistsAfterErrors.value++;
    this.#missed.value += missed;
    this.#lost.value += lost;
    if (this.#comparedLists === 0) this.#scope.run.declare(OF_COMPARED_LISTS);
    this.#comparedLists++;
    this.#lostEvents += lost;
  }

  failed(error: OperationFailedError, retryInMs: number): void {
    const nowMs = this.#scope.clock.now();
    if (nowMs < this.#lastSaidMs + SAY_EVERY_MS) return;
    this.#lastSaidMs = nowMs;
    this.#say(`a watcher: ${error.message}; it lists anew in ${formatDuration(retryInMs)}`);
  }

  /** Hands the counters over. */
  flush(): void {
    const { recorder, clock, hasBegun } = this.#scope;
    if (!hasBegun) return;
    this.#tally.flush(this.#scope);
    recorder.gauge("openWatches", this.#openWatches, { atMs: clock.now(), addsUp: true });
  }

  /** The answer to whether events were lost; none if no watcher ever listed twice. */
  addFinding(): void {
    if (this.#comparedLists === 0) return;
    const isPass = this.#lostEvents === 0;
    this.#scope.addFinding({
      subject: "no event lost within a watch",
      verdict: isPass ? "pass" : "fail",
      observed: `${this.#lostEvents} lost`,
      limit: "0 lost",
      reason: isPass
        ? ""
        : "lists showed changes without an event, older than events that the same watches delivered",
    });
  }
}
