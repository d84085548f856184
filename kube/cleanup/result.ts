/**
 * What came of a cleaning, as data: what was found of each run, what is left, why, and the command
 * that helps. Text and JSON are both made of it.
 * @module
 */

import type { NotLookedAt } from "../server/deletable_kinds.ts";

export interface KindResult {
  /** As kubectl calls it. */
  readonly resource: string;
  readonly namespaces: readonly string[];
  readonly found: number;
  /** After the cleaning; in a dry run all of them. */
  readonly left: number;
}

export type BorrowedState = "would be given back" | "given back" | "gone" | "left";

/** One change of something that belongs to others. */
export interface BorrowedResult {
  /** `ratelimitpolicies.kuadrant.io kuadrant/gateway`. */
  readonly object: string;
  /** JSON pointers. */
  readonly fields: readonly string[];
  /** `gone`: the object was deleted since, so that there is nothing to give back. */
  readonly state: BorrowedState;
}

/** Something that could not be deleted, or given back. */
export interface Leftover {
  /** E.g. `3 configmaps in namespace a`. */
  readonly what: string;
  readonly why: string;
  /** What helps; null where nothing but waiting does. */
  readonly command: string | null;
}

/** `alive`: left alone because its record was renewed. */
export type RunState =
  | "would be deleted"
  | "would be given back"
  | "deleted"
  /** With all that it borrowed, and nothing else was to be done. */
  | "given back"
  | "left"
  | "alive";

export interface RunResult {
  readonly runId: string;
  readonly command: string | null;
  /** Of the record: where it ran. */
  readonly host: string | null;
  /** RFC 3339. */
  readonly startedAt: string | null;
  readonly hasRecord: boolean;
  readonly state: RunState;
  readonly kinds: readonly KindResult[];
  /** In the order in which it is given back. */
  readonly borrowed: readonly BorrowedResult[];
  readonly left: readonly Leftover[];
}

/** Nothing of it is left of what was to go. */
export function isOver({ state }: RunResult): boolean {
  return state === "deleted" || state === "given back";
}

export interface CleanupResult {
  readonly schemaVersion: 1;
  readonly server: string;
  readonly dryRun: boolean;
  readonly runs: readonly RunResult[];
  /** Where something may be left that nobody could see. */
  readonly notLookedAt: readonly NotLookedAt[];
  /** Why it ended before it was done; null if it did not. */
  readonly cutOff: string | null;
}
