/**
 * What is subscribed to, and what was written to the cluster, as the account of notifications needs
 * both. Data only.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";

/** A type as a subscription names it, plural: `configmaps`, `secrets`, `example.com.foos`, ... */
export type SteveType = string;

/** `resource.changes`: only that something changed, at most once in `debounceMs`. `""`: each object. */
type SubscriptionMode = "" | "resource.changes";

/** What one subscription asks for; also its key, so that two alike on one socket are one. */
export interface SubscriptionSpec {
  readonly type: SteveType;
  readonly mode: SubscriptionMode;
  /** `resource.changes` only; Steve takes 5,000 when it is absent or 0. */
  readonly debounceMs?: number;
  /** Absent: all of them. */
  readonly namespace?: string;
}

/** One change of one object that Steve has to tell its watchers. */
export interface WrittenEvent {
  readonly type: SteveType;
  readonly op: "create" | "remove" | "change";
  readonly name: string;
  /** Absent for cluster-scoped types. */
  readonly namespace?: string;
  /** The resourceVersion that the change got. */
  readonly revision: bigint;
  /**
   * When it was known to have happened, ms since 1970 with a fraction: comparable across threads,
   * but for the millisecond to which the calendar is read.
   */
  readonly atMs: number;
}

/**
 * The calendar with the clock's fraction of a millisecond; looked up once, so that it never jumps.
 * @returns ms since 1970, now
 */
export function wallTimer(clock: Clock): () => number {
  const offsetMs = clock.wallNow().getTime() - clock.now();
  return () => clock.now() + offsetMs;
}
