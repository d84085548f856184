/**
 * Was every write of a driver noticed by a logger, and how soon? Joins the two per-operation files
 * by object and kind of write. Pure: reads no file and prints nothing.
 * @module
 */

import { EXIT_CODE, type ExitCode } from "../../../core/exit_code.ts";
import type { Verdict } from "../../../core/judge/finding.ts";
import type { NotificationRow } from "../notification_row.ts";
import { type OperationRow, WRITE_OPS, type WriteOp } from "../operation_row.ts";
import { type SeenObject, SeenObjects } from "./seen_objects.ts";
import { type Match, matchWrites } from "./match.ts";
import { type JoinTime, JoinTimes, type TimeStats } from "./times.ts";
import { joinWarnings } from "./warnings.ts";

/** All of one kind of write. */
export interface JoinedOperation {
  readonly op: WriteOp;
  readonly ok: number;
  readonly failed: number;
  /** Of `ok`: a notification came. */
  readonly notified: number;
  /** Of `ok`: none ever came. */
  readonly missing: number;
  /** Notifications about the driver's objects that none of its writes accounts for. */
  readonly unexpected: number;
  /** Of `failed`: a notification came all the same. */
  readonly failedButSeen: number;
  /** Of `notified`: which notification tells of it cannot be known, so it is in no time but `write`. */
  readonly unpaired: number;
  /** Logger's rows of the driver's objects that stand for more than one notification. */
  readonly collapsedRows: number;
  readonly timesMs: Readonly<Record<JoinTime, TimeStats | null>>;
}

/** Successful writes of one object that were never notified. */
export interface MissingWrites {
  readonly op: WriteOp;
  /** `namespace/name`, or the name alone where the driver's file has no namespace. */
  readonly object: string;
  readonly missing: number;
  /** Of so many successful ones. */
  readonly ok: number;
}

export interface JoinReport {
  readonly schemaVersion: 1;
  readonly driver: JoinedFile;
  readonly logger: JoinedFile;
  /** Only kinds of which there was a write or a notification. */
  readonly operations: readonly JoinedOperation[];
  /** The first {@link MOST_MISSING} objects. */
  readonly missing: readonly MissingWrites[];
  /** What the logger saw of objects that the driver never wrote. */
  readonly others: { readonly objects: number; readonly rows: number };
  /** Writes left out, because their names are in several namespaces and the driver names none. */
  readonly ambiguousWrites: number;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly verdict: Verdict;
  readonly reason: string;
  readonly exitCode: ExitCode;
}

export interface JoinedFile {
  readonly path: string;
  readonly rows: number;
  /** The line within which the file ends; that row is left out. */
  readonly cutOffLine: number | null;
}

/** Longer lists of missing writes are cut; their number is always whole. */
export const MOST_MISSING = 1_000;

/** One file with its rows. */
export interface JoinInput<Row> extends Omit<JoinedFile, "rows"> {
  readonly rows: readonly Row[];
}

interface WrittenObject {
  readonly label: string;
  readonly seen: SeenObject | undefined;
  readonly writes: Record<WriteOp, OperationRow[]>;
}

/** Joins a driver's rows with a logger's. */
export function joinLogs(
  driver: JoinInput<OperationRow>,
  logger: JoinInput<NotificationRow>,
): JoinReport {
  const seen = new SeenObjects();
  for (const row of logger.rows) seen.add(row);
  const { objects, ambiguousWrites } = writtenObjects(driver.rows, seen);
  const tallies = WRITE_OPS.map((op) =>
    tallyOf(op, { objects, lastDequeueMs: seen.lastDequeueMs })
  );
  const operations = tallies.map(({ operation }) => operation).filter(isUsed);
  const missing = tallies.flatMap(({ missing }) => missing).slice(0, MOST_MISSING);
  const files = {
    driver: { ...driver, rows: driver.rows.length },
    logger: { ...logger, rows: logger.rows.length },
  };
  const missingAfterEnd = tallies.reduce((sum, tally) => sum + tally.missingAfterEnd, 0);
  return {
    schemaVersion: 1,
    ...files,
    operations,
    missing,
    others: othersIn(seen, objects),
    ambiguousWrites,
    warnings: joinWarnings({ ...files, operations, ambiguousWrites, missingAfterEnd }),
    ...judgement(operations, ambiguousWrites),
  };
}

function writtenObjects(
  rows: readonly OperationRow[],
  seen: SeenObjects,
): { objects: WrittenObject[]; ambiguousWrites: number } {
  const byKey = new Map<string, WrittenObject>();
  let ambiguousWrites = 0;
  for (const row of rows) {
    const found = seen.find(row);
    if (found === "ambiguous") {
      ambiguousWrites++;
      continue;
    }
    const label = row.namespace === undefined ? row.name : `${row.namespace}/${row.name}`;
    const key = found === "unseen" ? `unseen ${label}` : `seen ${found.namespace}/${found.name}`;
    let object = byKey.get(key);
    if (object === undefined) {
      const writes = { create: [], update: [], delete: [] };
      object = { label, seen: found === "unseen" ? undefined : found, writes };
      byKey.set(key, object);
    }
    object.writes[row.op].push(row);
  }
  return { objects: [...byKey.values()], ambiguousWrites };
}

interface Tally {
  readonly operation: JoinedOperation;
  readonly missing: readonly MissingWrites[];
  /** Missing writes that were sent after the logger's last row. */
  readonly missingAfterEnd: number;
}

function tallyOf(
  op: WriteOp,
  { objects, lastDequeueMs }: { objects: readonly WrittenObject[]; lastDequeueMs: number },
): Tally {
  const times = new JoinTimes();
  const counts = { ok: 0, failed: 0, notified: 0, missing: 0, unexpected: 0 };
  const apart = { failedButSeen: 0, unpaired: 0, collapsedRows: 0 };
  const missing: MissingWrites[] = [];
  let missingAfterEnd = 0;
  for (const { label, seen, writes: { [op]: writes } } of objects) {
    const match = matchWrites(writes, (seen?.events ?? []).filter((event) => event.op === op));
    const ok = writes.filter(({ error }) => error === "");
    for (const write of ok) times.addWrite(write);
    for (const [write, event] of match.pairs) times.addPair(write, event);
    addCounts(counts, { match, ok: ok.length, failed: writes.length - ok.length });
    apart.failedButSeen += match.failedButSeen;
    apart.unpaired += match.notified - match.pairs.length;
    apart.collapsedRows += seen?.collapsedRows[op] ?? 0;
    if (match.missing === 0) continue;
    missing.push({ op, object: label, missing: match.missing, ok: ok.length });
    const sentAfterEnd = ok.filter(({ beforeMs }) => beforeMs > lastDequeueMs).length;
    missingAfterEnd += Math.min(match.missing, sentAfterEnd);
  }
  return {
    operation: { op, ...counts, ...apart, timesMs: times.stats() },
    missing,
    missingAfterEnd,
  };
}

type Counts = Record<"ok" | "failed" | "notified" | "missing" | "unexpected", number>;

function addCounts(
  counts: Counts,
  { match, ok, failed }: { match: Match; ok: number; failed: number },
): void {
  counts.ok += ok;
  counts.failed += failed;
  counts.notified += match.notified;
  counts.missing += match.missing;
  counts.unexpected += match.unexpected;
}

function isUsed({ ok, failed, unexpected, collapsedRows }: JoinedOperation): boolean {
  return ok + failed + unexpected + collapsedRows > 0;
}

function othersIn(seen: SeenObjects, objects: readonly WrittenObject[]) {
  const names = new Set(objects.map((object) => object.seen));
  const others = [...seen.all()].filter((object) => !names.has(object));
  return { objects: others.length, rows: others.reduce((sum, { rows }) => sum + rows, 0) };
}

function judgement(
  operations: readonly JoinedOperation[],
  ambiguousWrites: number,
): Pick<JoinReport, "verdict" | "reason" | "exitCode"> {
  const sum = (count: "ok" | "notified" | "missing") =>
    operations.reduce((total, operation) => total + operation[count], 0);
  if (sum("notified") === 0) {
    const reason = `nothing joined: none of the driver's ${sum("ok")} successful writes is in ` +
      "what the logger saw";
    return { verdict: "inconclusive", reason, exitCode: EXIT_CODE.inconclusive };
  }
  if (sum("missing") > 0) {
    const reason = `${sum("missing")} of ${sum("ok")} successful writes were never notified`;
    return { verdict: "fail", reason, exitCode: EXIT_CODE.failed };
  }
  if (ambiguousWrites > 0) {
    const reason = `${ambiguousWrites} writes could not be joined: their names are in several ` +
      "namespaces";
    return { verdict: "inconclusive", reason, exitCode: EXIT_CODE.inconclusive };
  }
  const reason = `all ${sum("ok")} successful writes were notified`;
  return { verdict: "pass", reason, exitCode: EXIT_CODE.pass };
}
