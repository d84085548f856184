/**
 * What is said of joined files: the report, and what its reader must know before believing a figure.
 * @module
 */

import type { ExitCode } from "../../../core/exit_code.ts";
import type { Verdict } from "../../../core/judge/finding.ts";
import { formatDuration } from "../../../core/units.ts";
import type { WriteOp } from "../operation_row.ts";
import type { JoinTime, TimeStats } from "./times.ts";

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

/** In the order in which they matter. */
export function joinWarnings(
  { driver, logger, operations, ambiguousWrites, missingAfterEnd }: {
    readonly driver: JoinedFile;
    readonly logger: JoinedFile;
    readonly operations: readonly JoinedOperation[];
    readonly ambiguousWrites: number;
    readonly missingAfterEnd: number;
  },
): JoinReport["warnings"] {
  return [
    ...[driver, logger].flatMap(cutOffWarning),
    ...skewWarning(operations),
    ...(missingAfterEnd === 0 ? [] : [{
      code: "logger-ended",
      message: `${missingAfterEnd} of the missing writes were sent after the logger's last row`,
    }]),
    ...(ambiguousWrites === 0 ? [] : [{
      code: "ambiguous-names",
      message: `${ambiguousWrites} writes are left out: the driver's file has no namespaces, and ` +
        "the logger saw their names in several",
    }]),
    ...unpairedWarning(operations),
  ];
}

function cutOffWarning({ path, cutOffLine }: JoinedFile): JoinReport["warnings"] {
  if (cutOffLine === null) return [];
  return [{
    code: "file-cut-off",
    message: `"${path}" ends within line ${cutOffLine}, which is left out`,
  }];
}

/** The answer may come after the notification, but no notification before the write was sent. */
function skewWarning(operations: readonly JoinedOperation[]): JoinReport["warnings"] {
  const stats = operations.map(({ timesMs }) => timesMs["sent-to-notified"]);
  const early = stats.reduce((sum, one) => sum + (one?.negative ?? 0), 0);
  if (early === 0) return [];
  const earliestMs = Math.min(...stats.map((one) => one?.min ?? 0));
  return [{
    code: "clock-skew",
    message: `${early} notifications came before their write was sent: the logger's clock is ` +
      `behind the driver's by at least ${formatDuration(-earliestMs)}`,
  }];
}

function unpairedWarning(operations: readonly JoinedOperation[]): JoinReport["warnings"] {
  const unpaired = operations.reduce((sum, operation) => sum + operation.unpaired, 0);
  if (unpaired === 0) return [];
  return [{
    code: "unpaired",
    message: `${unpaired} notified writes are in no time but "write": their object has more or ` +
      "fewer notifications than writes of the kind",
  }];
}
