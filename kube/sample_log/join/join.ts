/**
 * Was every write of a driver noticed by a logger, and how soon? Joins the two per-operation files
 * by object and kind of write. Where the numbers of writes and notifications agree they are paired in
 * order; where they do not, only the numbers are told, because a pairing would be a guess. Pure: reads
 * no file and prints nothing.
 * @module
 */

import { EXIT_CODE } from "../../../core/exit_code.ts";
import type { NotificationRow } from "../notification_row.ts";
import { type OperationRow, WRITE_OPS, type WriteOp } from "../operation_row.ts";
import { type SeenEvent, type SeenObject, SeenObjects } from "./seen_objects.ts";
import {
  type JoinedFile,
  type JoinedOperation,
  type JoinReport,
  joinWarnings,
  type MissingWrites,
  MOST_MISSING,
} from "./report.ts";
import { JoinTimes } from "./times.ts";

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

interface Match {
  /** Successful writes that a notification told of. */
  readonly notified: number;
  /** Successful writes that none told of. */
  readonly missing: number;
  /** Failed writes that took effect all the same. */
  readonly failedButSeen: number;
  /** Notifications that no write accounts for. */
  readonly unexpected: number;
  /** Successful writes with the notification of each; fewer than `notified` where that is not known. */
  readonly pairs: readonly (readonly [OperationRow, SeenEvent])[];
}

/**
 * @param writes of one kind and object, in any order
 * @param events of the same, as they came
 */
export function matchWrites(
  writes: readonly OperationRow[],
  events: readonly SeenEvent[],
): Match {
  const all = writes.toSorted((one, other) => one.beforeMs - other.beforeMs);
  const ok = all.filter(({ error }) => error === "");
  const fresh = events.filter(({ isDuplicate }) => !isDuplicate);
  // A duplicate may tell of a write or of nothing: that reading counts in which the numbers agree.
  for (const candidates of [ok, all]) {
    for (const seen of [events, fresh]) {
      if (seen.length === candidates.length) return matchInOrder(candidates, seen);
    }
  }
  const seen = Math.max(fresh.length, Math.min(events.length, ok.length));
  const notified = Math.min(seen, ok.length);
  const failedButSeen = Math.min(seen - notified, all.length - ok.length);
  return {
    notified,
    missing: ok.length - notified,
    failedButSeen,
    unexpected: seen - notified - failedButSeen,
    pairs: [],
  };
}

function matchInOrder(writes: readonly OperationRow[], events: readonly SeenEvent[]): Match {
  const pairs = writes.flatMap((write, index): (readonly [OperationRow, SeenEvent])[] => {
    const event = events[index];
    return event === undefined || write.error !== "" ? [] : [[write, event]];
  });
  return {
    notified: pairs.length,
    missing: 0,
    failedButSeen: writes.length - pairs.length,
    unexpected: 0,
    pairs,
  };
}
