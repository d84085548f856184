/**
 * How a run is asked how it is, and for changes, while it goes: the port between those who ask (the
 * control socket, keys, the live page, a coordinator) and the run.
 * @module
 */

import type { Change } from "../run_log/change.ts";

/** Where a run is: what an asker is told. Amounts are of the last whole second. */
export interface RunStatus {
  readonly runId: string;
  readonly command: string;
  readonly target: string;
  readonly state: "preparing" | "running" | "paused" | "stopping" | "over";
  /** Since the start of the load. */
  readonly elapsedMs: number;
  /** As the live line has it. */
  readonly line: string;
  /** Offered load of an open model now; null: closed, or not known. */
  readonly targetRatePerSec: number | null;
  /** Of a closed model, now; null: it is none. */
  readonly workers: number | null;
  /** What this load can be asked for. */
  readonly changes: readonly Change["kind"][];
}

/** How a run is asked for changes. */
export interface Steering {
  status(): RunStatus;
  /**
   * Resolves when it is in force, with what is so now, in words: `rate 200/s`.
   * @param by who asks, for the log: `ctl`, `key`, `page`, `coordinator`
   * @throws {CannotChangeError} if this load has no such thing, or is over
   */
  change(change: Change, by: string): Promise<string>;
  /** Has the listener follow every change, until the returned function is called. */
  onChange(listener: OnChange): () => void;
}

/**
 * Told of a change that is about to come into force, which waits until this resolves; of a stop when
 * it is. What it rejects with refuses the change; what it resolves with is why it may not be in force
 * everywhere, in a few words.
 */
export type OnChange = (change: Change, by: string) => Promise<string | void> | void;

/** A change that cannot be; its message is one line without a full stop. */
export class CannotChangeError extends Error {
  override readonly name = "CannotChangeError";
}
