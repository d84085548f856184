/** What must a reader of joined files know before believing a figure? @module */

import { formatDuration } from "../../../core/units.ts";
import type { JoinedFile, JoinedOperation, JoinReport } from "./join.ts";

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
