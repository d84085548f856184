/**
 * What came of a cleaning: what was found of each run, what is left, why, and the command that helps.
 * As data, which JSON has as it is, and as text for people: a row for each run and kind, then what is left.
 * @module
 */

import { columns, formatTable } from "../../core/report/table.ts";
import { printable } from "../../core/say.ts";
import { formatDuration } from "../../core/units.ts";
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
  /** Nothing was to be deleted, only what is borrowed given back. */
  readonly onlyBorrowed: boolean;
  readonly runs: readonly RunResult[];
  /** Where something may be left that nobody could see. */
  readonly notLookedAt: readonly NotLookedAt[];
  /** Why it ended before it was done; null if it did not. */
  readonly cutOff: string | null;
}

const NAMED_NAMESPACES = 3;
const NAMED_KINDS = 5;

/** Ends with a line feed. */
export function cleanupText(result: CleanupResult, now: Date): string {
  const { runs, dryRun } = result;
  const titles = columns("RUN", "COMMAND", "AGE", "STATE", "KIND", ">FOUND", ">LEFT", "NAMESPACES");
  const rows = runs.flatMap((run) => rowsOf(run, now));
  const table = rows.length === 0 ? [] : [...formatTable(titles, rows), ""];
  const lines = [
    ...table,
    ...runs.flatMap(borrowedLines),
    ...runs.flatMap(leftLines),
    ...notLookedAtLines(result),
  ];
  const summary = dryRun ? wouldText(result) : summaryText(result);
  return [...lines, summary].map((line) => `${printable(line)}\n`).join("");
}

function rowsOf(run: RunResult, now: Date): string[][] {
  const { runId, command, startedAt, state, kinds } = run;
  const age = startedAt === null
    ? ""
    : formatDuration(Math.max(0, now.getTime() - Date.parse(startedAt)));
  const head = [runId, command ?? "", age, state.replaceAll(" ", "-")];
  return kinds.map(({ resource, found, left, namespaces }) =>
    [
      ...head,
      resource,
      String(found),
      String(left),
      someOf(namespaces, NAMED_NAMESPACES),
    ].map(printable)
  );
}

function someOf(names: readonly string[], most: number): string {
  const more = names.length - most;
  return names.slice(0, most).join(",") + (more > 0 ? `,...(${more} more)` : "");
}

/** What is left is told with its reason, as all else that is. */
function borrowedLines({ borrowed }: RunResult): string[] {
  return borrowed.filter(({ state }) => state !== "left").map(({ object, fields, state }) =>
    state === "gone"
      ? `nothing to give back: ${object} was deleted since`
      : `${state}: ${object}: ${fields.join(", ")}`
  );
}

function leftLines({ runId, left }: RunResult): string[] {
  return left.flatMap(({ what, why, command }) => [
    `left of run ${runId}: ${what}: ${why}`,
    ...(command === null ? [] : [`  ${command}`]),
  ]);
}

/** Those that have the same reason but for the kind's name are many where a user has few rights. */
function notLookedAtLines({ notLookedAt }: CleanupResult): string[] {
  const named = notLookedAt.slice(0, NAMED_KINDS)
    .map(({ what, why }) => `not looked at: ${what}: ${why}`);
  const more = notLookedAt.length - named.length;
  return more > 0 ? [...named, `not looked at: ${more} more`] : named;
}

function wouldText({ runs, onlyBorrowed }: CleanupResult): string {
  const [deleted, living] = [runs.filter(({ state }) => state !== "alive"), livingOf(runs)];
  const done = onlyBorrowed ? "given back" : "deleted";
  if (deleted.length === 0) return `nothing would be ${done}${living}`;
  const borrowed = deleted.flatMap((run) => run.borrowed);
  const what = [
    ...(isGivingOnly(deleted) ? [] : [`would delete ${countText(deleted)}`]),
    ...(borrowed.length === 0 ? [] : [`would give back ${borrowedText(borrowed.length)}`]),
  ];
  return what.join(" and ") + living;
}

function summaryText({ runs, notLookedAt, cutOff, onlyBorrowed }: CleanupResult): string {
  const living = livingOf(runs);
  const others = runs.filter(({ state }) => state !== "alive");
  if (others.length === 0 && notLookedAt.length === 0 && cutOff === null) {
    return `nothing to ${onlyBorrowed ? "give back" : "delete"}${living}`;
  }
  const left = sumOf(others, ({ left }) => left);
  const found = sumOf(others, ({ found }) => found);
  const borrowed = others.flatMap((run) => run.borrowed);
  const kept = borrowed.filter(({ state }) => state === "left").length;
  const rest = left + kept > 0
    ? [`${left} left`, `${kept} not given back`].filter((part) => !part.startsWith("0 ")).join(", ")
    : others.some((run) => run.left.length > 0)
    ? "some may be left"
    : notLookedAt.length > 0
    ? "more may be where this user could not look"
    : "nothing is left";
  const why = cutOff === null ? "" : ` (${cutOff})`;
  const done = [
    ...(isGivingOnly(others) ? [] : [`deleted ${found - left} of ${countText(others)}`]),
    ...(borrowed.length === 0
      ? []
      : [`gave back ${borrowed.length - kept} of ${borrowedText(borrowed.length)}`]),
  ];
  return `${done.join(" and ")}: ${rest}${why}${living}`;
}

/** Whether there is nothing else to tell of. */
function isGivingOnly(runs: readonly RunResult[]): boolean {
  return runs.length > 0 &&
    runs.every(({ kinds, borrowed }) => kinds.length === 0 && borrowed.length > 0);
}

function borrowedText(count: number): string {
  return `${counted(count, "change")} of what belongs to others`;
}

/** `300 objects of 1 run`. */
function countText(runs: readonly RunResult[]): string {
  const found = sumOf(runs, (kind) => kind.found);
  return `${counted(found, "object")} of ${counted(runs.length, "run")}`;
}

function livingOf(runs: readonly RunResult[]): string {
  const living = runs.filter(({ state }) => state === "alive");
  return living.length === 0
    ? ""
    : `; ${counted(living.length, "run")} still alive and left alone (--force takes them too)`;
}

function sumOf(
  runs: readonly RunResult[],
  read: (kind: RunResult["kinds"][number]) => number,
): number {
  return runs.flatMap(({ kinds }) => kinds).reduce((sum, kind) => sum + read(kind), 0);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
