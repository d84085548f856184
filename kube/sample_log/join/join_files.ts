/**
 * `report --join`: the two files of a driver and a logger -> text and exit code. Which is which is told by
 * their columns, in either dialect and order.
 * @module
 */

import { CannotRunError, messageOf, UsageError } from "../../../core/errors.ts";
import { encodingOf } from "../../../core/files.ts";
import type { Joined } from "../../../core/report/mod.ts";
import { fits } from "../columns.ts";
import { CutOffError, parseRows } from "../dialect.ts";
import {
  NOTIFICATION_SPEC,
  type NotificationRow,
  parseNotificationRows,
} from "../notification_row.ts";
import { OPERATION_SPEC, type OperationRow, parseOperationRows } from "../operation_row.ts";
import { type JoinInput, joinLogs } from "./join.ts";
import { JOIN_FORMATS, renderJoin } from "./render.ts";

/** @throws {UsageError | CannotRunError} if they cannot be joined, or not written in this format */
export function joinFiles(
  [one, other]: readonly [string, string | undefined],
  asked: string,
): Joined {
  if (other === undefined) {
    throw new UsageError("report: missing LOGGER.csv; usage: report --join DRIVER.csv LOGGER.csv");
  }
  const format = JOIN_FORMATS.find((word) => word === asked);
  if (format === undefined) {
    throw new UsageError(
      `report --join: --output must be one of ${JOIN_FORMATS.join(", ")}, not "${asked}"`,
    );
  }
  const { driver, logger } = readJoinFiles(one, other);
  const report = joinLogs(driver, logger);
  return { exitCode: report.exitCode, rendered: renderJoin(report, format) };
}

const READ_CHUNK_BYTES = 256 * 1024;

type Kind = "driver" | "logger" | "empty";

interface Text {
  readonly path: string;
  readonly chunks: readonly string[];
  readonly kind: Kind;
}

/** What {@link readJoinFiles} found. */
interface JoinFiles {
  readonly driver: JoinInput<OperationRow>;
  readonly logger: JoinInput<NotificationRow>;
}

/**
 * Reads one file of each kind. An empty one is taken for the kind that the other is not.
 * @throws {CannotRunError} if one cannot be read, or is neither: with the line and what was expected
 * @throws {UsageError} if both are of one kind
 */
export function readJoinFiles(onePath: string, otherPath: string): JoinFiles {
  const [one, other] = [readText(onePath), readText(otherPath)];
  if (one.kind === other.kind && one.kind !== "empty") {
    throw new UsageError(
      `report --join: "${onePath}" and "${otherPath}" are both of a ${one.kind}: ` +
        "expected one of a driver and one of a logger",
    );
  }
  const isSwapped = one.kind === "logger" || other.kind === "driver";
  const [driver, logger] = isSwapped ? [other, one] : [one, other];
  return {
    driver: rowsOf(driver, parseOperationRows),
    logger: rowsOf(logger, parseNotificationRows),
  };
}

function readText(path: string): Text {
  return explained(path, () => {
    const chunks = [...chunksOf(path)];
    return { path, chunks, kind: kindOf(chunks) };
  });
}

function kindOf(chunks: readonly string[]): Kind {
  const first = parseRows(chunks).next();
  if (first.done) return "empty";
  if (fits(first.value, OPERATION_SPEC)) return "driver";
  if (fits(first.value, NOTIFICATION_SPEC)) return "logger";
  throw new SyntaxError(
    `line ${first.value.line}: expected a driver's columns (${OPERATION_SPEC.columns.join(",")}) ` +
      `or a logger's (${NOTIFICATION_SPEC.columns.join(",")})`,
  );
}

function rowsOf<Row>(
  { path, chunks }: Text,
  parse: (chunks: readonly string[]) => Iterable<Row>,
): JoinInput<Row> {
  return explained(path, () => {
    const rows: Row[] = [];
    try {
      for (const row of parse(chunks)) rows.push(row);
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error;
      return { path, rows, cutOffLine: error.line };
    }
    return { path, rows, cutOffLine: null };
  });
}

function explained<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CannotRunError(`Cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
}

function* chunksOf(path: string): Generator<string> {
  using file = Deno.openSync(path);
  const chunk = new Uint8Array(READ_CHUNK_BYTES);
  let decoder: TextDecoder | undefined;
  for (let count = file.readSync(chunk); count !== null; count = file.readSync(chunk)) {
    const bytes = chunk.subarray(0, count);
    decoder ??= new TextDecoder(encodingOf(bytes));
    yield decoder.decode(bytes, { stream: true });
  }
}
