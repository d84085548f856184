/**
 * One turn of a logger's work queue as a row of its CSV: when an object was taken from the queue,
 * what had become of it, and which notifications had come since the turn before. The columns are
 * the ones of the original loggers; the one for Flunders has no `diff`.
 * @module
 */

import { countIn, parseColumns, type RowSpec, timeIn, wordIn } from "./columns.ts";
import { type CsvDialect, formatRow } from "./dialect.ts";
import { WRITE_OPS, type WriteOp } from "./operation_row.ts";
import { formatRowTime, parseRowTime } from "./times.ts";

/** What comparing an object with its state at the turn before gave, as the file has it. */
export const DIFF = { notCompared: 0, duplicate: 2, different: 3 } as const;
export type Diff = typeof DIFF[keyof typeof DIFF];

/** One turn; times in ms since 1970, by the logger's clock unless said otherwise. */
export interface NotificationRow {
  readonly dequeueMs: number;
  /** `create` at the first turn that found the object, `delete` when it is gone. */
  readonly op: WriteOp;
  /** Empty for an object without one. */
  readonly namespace: string;
  readonly name: string;
  /** By the server's clock, whole seconds; absent when the object is gone. */
  readonly creationMs?: number;
  /** Notifications of each kind since the turn before. */
  readonly queuedAdds: number;
  readonly queuedUpdates: number;
  readonly queuedDeletes: number;
  /** When the first and the last of them came; absent when there were none. */
  readonly firstEnqueueMs?: number;
  readonly lastEnqueueMs?: number;
  /** Absent from the 9 columns of a logger that does not compare. */
  readonly diff?: Diff;
}

/** Stand for an absent time in the `go` dialect; `rfc4180` has an empty cell. */
const GONE = "2000-01-01 00:00:00";
const NEVER = "1-01-01 00:00:00.000";

const COLUMNS = [
  "dequeueTime",
  "op",
  "object",
  "creationTimestamp",
  "queuedAdds",
  "queuedUpdates",
  "queuedDeletes",
  "firstEnqueue",
  "lastEnqueue",
] as const;
const DIFF_COLUMN = "diff";
const SECONDS_LENGTH = GONE.length;

/** First line of a file in the dialect; undefined where there is none. */
export function notificationHeader(
  dialect: CsvDialect,
  { hasDiff }: { readonly hasDiff: boolean },
): string | undefined {
  if (dialect === "go") return undefined;
  return [...COLUMNS, ...(hasDiff ? [DIFF_COLUMN] : [])].join(",");
}

/** The row without a line end: 9 cells, 10 with `diff`. @throws {RangeError} if a time is not finite */
export function formatNotificationRow(row: NotificationRow, dialect: CsvDialect): string {
  const { namespace, name, creationMs, diff } = row;
  const [gone, never] = dialect === "go" ? [GONE, NEVER] : ["", ""];
  const cells = [
    { text: formatRowTime(new Date(row.dequeueMs)) },
    { text: row.op },
    { text: namespace === "" ? name : `${namespace}/${name}`, isQuoted: true },
    { text: creationMs === undefined ? gone : formatSecond(creationMs) },
    { text: String(row.queuedAdds) },
    { text: String(row.queuedUpdates) },
    { text: String(row.queuedDeletes) },
    ...[row.firstEnqueueMs, row.lastEnqueueMs].map((ms) => ({
      text: ms === undefined ? never : formatRowTime(new Date(ms)),
    })),
  ];
  return formatRow(diff === undefined ? cells : [...cells, { text: String(diff) }], dialect);
}

function formatSecond(ms: number): string {
  return formatRowTime(new Date(ms)).slice(0, SECONDS_LENGTH);
}

function parseSecond(text: string): number {
  try {
    return parseRowTime(`${text}.000`);
  } catch {
    throw new SyntaxError(`Cannot read time "${text}": expected YYYY-MM-DD hh:mm:ss`);
  }
}

/** How a logger's row is read. */
export const NOTIFICATION_SPEC: RowSpec<NotificationRow> = {
  columns: COLUMNS,
  mayFollow: [DIFF_COLUMN],
  read: (cell) => {
    const at = (column: string) => ({ column, text: cell(column) });
    const optional = (column: string) => [undefined, "", GONE, NEVER].includes(cell(column));
    const object = cell("object") ?? "";
    const slash = object.indexOf("/");
    const diff = cell(DIFF_COLUMN);
    return {
      dequeueMs: timeIn(at("dequeueTime"), parseRowTime),
      op: wordIn(WRITE_OPS, at("op")),
      namespace: object.slice(0, Math.max(0, slash)),
      name: object.slice(slash + 1),
      ...(optional("creationTimestamp")
        ? {}
        : { creationMs: timeIn(at("creationTimestamp"), parseSecond) }),
      queuedAdds: countIn(at("queuedAdds")),
      queuedUpdates: countIn(at("queuedUpdates")),
      queuedDeletes: countIn(at("queuedDeletes")),
      ...(optional("firstEnqueue")
        ? {}
        : { firstEnqueueMs: timeIn(at("firstEnqueue"), parseRowTime) }),
      ...(optional("lastEnqueue")
        ? {}
        : { lastEnqueueMs: timeIn(at("lastEnqueue"), parseRowTime) }),
      ...(diff === undefined ? {} : { diff: readDiff(diff) }),
    };
  },
};

function readDiff(text: string): Diff {
  return Number(wordIn(["0", "2", "3"], { column: DIFF_COLUMN, text })) as Diff;
}

/**
 * The rows of a logger's CSV, header left out.
 * @param source the text, or its parts in order
 * @param dialect as found, if not given
 * @throws {SyntaxError} with the line and what was expected
 * @throws {CutOffError} after all other rows, if the last one is not whole and cannot be read
 */
export function parseNotificationRows(
  source: string | Iterable<string>,
  dialect?: CsvDialect,
): Generator<NotificationRow> {
  return parseColumns(source, { spec: NOTIFICATION_SPEC, dialect });
}
