/**
 * Who sees what the cluster notifies, beside what a driver is answered? A logger as a port, so that a
 * driver can have one in its own process without knowing which.
 * @module
 */

import type { Say } from "../../core/say.ts";
import type { Measures } from "../../core/run/measures.ts";
import type { Run } from "../../core/run/run.ts";
import type { CsvDialect } from "../sample_log/dialect.ts";
import type { ClusterReader } from "../cluster.ts";
import type { Resource } from "../resource.ts";

/** The file of an observer. */
export interface ObserverCsv {
  readonly path: string;
  readonly dialect: CsvDialect;
  /** Whether rows have the column that says whether anything differs. */
  readonly hasDiff: boolean;
  /** Whether what is there already may go. @default {false} */
  readonly overwrite?: boolean;
}

export interface ObserverOptions {
  readonly resource: Resource;
  /**
   * Each is watched by itself, so that permissions in these are enough; empty: all together.
   * @default {[]}
   */
  readonly namespaces?: readonly string[];
  /** Absent: whatever the labels. */
  readonly labelSelector?: string;
  /**
   * Whether of several generators each sees what it makes itself, so that levels add up; else each
   * sees all there is. @default {false}
   */
  readonly seesOwn?: boolean;
  /** Consumers of the work queue. @default {1} */
  readonly threads?: number;
  /** Whether an object is compared with its state before, to tell duplicates. @default {true} */
  readonly compare?: boolean;
  /** Absent: no file. */
  readonly csv?: ObserverCsv;
  /** What is measured goes to its recorder, from its beginning on. */
  readonly run: Run;
  /**
   * As klog's: from 4 on every event and latency is said, from 5 on every resourceVersion.
   * @default {0}
   */
  readonly verbosity?: number;
  /** Takes lines for the user. */
  readonly say: Say;
}

/** An observer that has seen all there was at its start. */
export interface Observer {
  /** Objects in its cache. */
  readonly population: number;
  /**
   * Rejects if the observer itself breaks; a failing server does not break it. Resolves when it was
   * stopped.
   */
  readonly ended: Promise<void>;
  /**
   * Resolves when nothing was notified for so long and all of it was worked off, or when the signal
   * aborts. For a caller that wants the notifications of the last writes, which are still on their way.
   */
  untilQuiet(quietMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Receives nothing more, works off what was notified, closes the file and says what a reader of
   * the figures must know. A second call waits for the first.
   */
  stop(): Promise<void>;
}

/**
 * Resolves when the first list is in the cache and worked off, so that it disturbs no load.
 * @throws {StatusError} if the server says that the resource is forbidden, not found or unauthorized
 * @throws {CannotRunError} if the file cannot be made
 * @throws the reason of `run.stopping` if the run is stopped before
 */
export interface StartObserver {
  (cluster: ClusterReader, options: ObserverOptions): Promise<Observer>;
  /** What it can measure. */
  readonly measures?: Measures;
}
