/**
 * One write of a driver as a row of its CSV: when it was sent and answered, what it was, and what
 * went wrong. The first five columns are the ones of the original drivers.
 * @module
 */

import { parseColumns, type RowSpec, timeIn, wordIn } from "./columns.ts";
import { type CsvDialect, formatText } from "./dialect.ts";
import { formatRowTime, parseRowTime } from "./times.ts";

/** The kinds of writes, in the order of an object's life. */
export const WRITE_OPS = ["create", "update", "delete"] as const;
export type WriteOp = typeof WRITE_OPS[number];

/** One finished write; times in ms since 1970, by the driver's clock. A fraction is cut off in the file. */
export interface OperationRow {
  /** Immediately before the request was sent; also in the object's annotation. */
  readonly beforeMs: number;
  /** When the answer was complete. */
  readonly afterMs: number;
  readonly op: WriteOp;
  /** Without the namespace. */
  readonly name: string;
  /** What the server or the connection said; empty on success. */
  readonly error: string;
  /** When the schedule wanted it sent. Not in the `go` dialect, as the two below. */
  readonly dueMs?: number;
  readonly namespace?: string;
  /** The bounded class of the error. */
  readonly reason?: string;
}

const COLUMNS = ["tBefore", "tAfter", "op", "name", "error"] as const;
const RFC4180_COLUMNS = [...COLUMNS, "tDue", "namespace", "reason"] as const;

/** First line of a file in the dialect; undefined where there is none. */
export function operationHeader(dialect: CsvDialect): string | undefined {
  return dialect === "rfc4180" ? RFC4180_COLUMNS.join(",") : undefined;
}

/** The row without a line end. @throws {RangeError} if a time is not finite */
export function formatOperationRow(row: OperationRow, dialect: CsvDialect): string {
  const { beforeMs, afterMs, op, name, error, dueMs, namespace = "", reason = "" } = row;
  const times = `${formatRowTime(beforeMs)},${formatRowTime(afterMs)},${op}`;
  const texts = `${formatText(name, dialect)},${formatText(error, dialect)}`;
  if (dialect === "go") return `${times},${texts}`;
  const due = dueMs === undefined ? "" : formatRowTime(dueMs);
  return `${times},${texts},${due},${formatText(namespace, dialect)},${
    formatText(reason, dialect)
  }`;
}

/** How a driver's row is read. */
export const OPERATION_SPEC: RowSpec<OperationRow> = {
  columns: COLUMNS,
  read: (cell) => {
    const time = (column: string) => timeIn({ column, text: cell(column) }, parseRowTime);
    const [namespace = "", reason = ""] = [cell("namespace"), cell("reason")];
    return {
      beforeMs: time("tBefore"),
      afterMs: time("tAfter"),
      op: wordIn(WRITE_OPS, { column: "op", text: cell("op") }),
      name: cell("name") ?? "",
      error: cell("error") ?? "",
      ...((cell("tDue") ?? "") === "" ? {} : { dueMs: time("tDue") }),
      ...(namespace === "" ? {} : { namespace }),
      ...(reason === "" ? {} : { reason }),
    };
  },
};

/**
 * The rows of a driver's CSV, header left out.
 * @param source the text, or its parts in order
 * @param dialect as found, if not given
 * @throws {SyntaxError} with the line and what was expected
 * @throws {CutOffError} after all other rows, if the last one is not whole and cannot be read
 */
export function parseOperationRows(
  source: string | Iterable<string>,
  dialect?: CsvDialect,
): Generator<OperationRow> {
  return parseColumns(source, { spec: OPERATION_SPEC, dialect });
}
