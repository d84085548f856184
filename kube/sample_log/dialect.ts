/**
 * How do rows of cells become lines of a file, and lines rows? In two dialects: RFC 4180 with a
 * header, which every CSV reader takes, and `go`, byte for byte what the original programs wrote:
 * no header, texts quoted as Go's `%q` does. Knows nothing of what the cells mean.
 * @module
 */

import { csvQuoted, csvText, plainText } from "../../core/csv_text.ts";
import { goQuote, goUnquote } from "../../core/go_quote.ts";

export type CsvDialect = "rfc4180" | "go";

/** One cell to be written. */
export interface Cell {
  readonly text: string;
  /** Whether it may hold anything: `go` quotes it, `rfc4180` what needs it. @default {false} */
  readonly isQuoted?: boolean;
}

/** One row as read. */
export interface CsvRow {
  /** Number of its first line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  readonly dialect: CsvDialect;
  /** Whether its line end is there; false only of a last row, which may have been cut off. */
  readonly isWhole: boolean;
}

/** The file ends within a row, as after a kill or on a full disk; all rows before it were whole. */
export class CutOffError extends SyntaxError {
  override name = "CutOffError";
  constructor(readonly line: number) {
    super(`line ${line}: the file ends within this row`);
  }
}

/** Longer is no row: somewhere a quote is not closed. */
const LONGEST_ROW_CHARACTERS = 2 ** 20;
const BYTE_ORDER_MARK = "\ufeff";

/** The row as one line, without the line end (`\n`) that separates it from the next. */
export function formatRow(cells: readonly Cell[], dialect: CsvDialect): string {
  const plain = dialect === "go" ? (text: string) => text : csvQuoted;
  return cells.map(({ text, isQuoted }) => isQuoted ? formatText(text, dialect) : plain(text))
    .join(",");
}

/** One cell that may hold anything. */
export function formatText(text: string, dialect: CsvDialect): string {
  return dialect === "go" ? goQuote(text) : csvText(text);
}

/**
 * The rows of a file, its header (if it has one) as the first. Without a dialect given, a file that
 * begins with a digit, so with a time, is `go`; any other has a header and so is `rfc4180`.
 * @param source the text, or its parts in order, cut anywhere
 * @throws {SyntaxError} with the line, if quotes are not as the dialect has them
 * @throws {CutOffError} after all other rows, if the last one is not whole and cannot be read
 */
export function* parseRows(
  source: string | Iterable<string>,
  dialect?: CsvDialect,
): Generator<CsvRow> {
  let hasRows = false;
  for (const record of recordsOf(typeof source === "string" ? [source] : source, dialect)) {
    const { line, isWhole } = record;
    const text = record.text.endsWith("\r") ? record.text.slice(0, -1) : record.text;
    if (text === "") continue;
    const cells = unlessCutOff(
      { line, isWhole: isWhole || !hasRows || text.endsWith("\n") },
      () => cellsOf(text, record.dialect),
    );
    hasRows = true;
    yield { line, cells, dialect: record.dialect, isWhole };
  }
}

/**
 * What `read` returns; an error of its reading names the line, and is a {@link CutOffError} if the
 * row's end is missing.
 */
export function unlessCutOff<T>(
  { line, isWhole }: { readonly line: number; readonly isWhole: boolean },
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (!isWhole) throw new CutOffError(line);
    throw new SyntaxError(`line ${line}: ${error.message}`, { cause: error });
  }
}

interface RowText {
  readonly text: string;
  readonly line: number;
  readonly dialect: CsvDialect;
  readonly isWhole: boolean;
}

function* recordsOf(
  chunks: Iterable<string>,
  given: CsvDialect | undefined,
): Generator<RowText> {
  let dialect = given;
  let isBeginning = true;
  let rest = "";
  let line = 1;
  for (const chunk of chunks) {
    rest += isBeginning && chunk.startsWith(BYTE_ORDER_MARK) ? chunk.slice(1) : chunk;
    if (chunk !== "") isBeginning = false;
    if (rest === "") continue;
    dialect ??= /^\d/.test(rest) ? "go" : "rfc4180";
    let start = 0;
    for (let end = 0; (end = endOfRow(rest, { start, dialect })) >= 0; start = end + 1) {
      const text = rest.slice(start, end);
      yield { text, line, dialect, isWhole: true };
      line += text.split("\n").length;
    }
    rest = rest.slice(start);
    if (rest.length > LONGEST_ROW_CHARACTERS) {
      throw new SyntaxError(`line ${line}: no row is this long; a quote is not closed`);
    }
  }
  if (rest !== "") yield { text: rest, line, dialect: dialect ?? "rfc4180", isWhole: false };
}

/** Where the line end is that ends the row, -1 if it is not there yet. */
function endOfRow(
  text: string,
  { start, dialect }: { start: number; dialect: CsvDialect },
): number {
  let end = text.indexOf("\n", start);
  // Go's quotes hold no line end.
  if (dialect === "go") return end;
  let isInQuotes = false;
  let from = start;
  while (end >= 0) {
    if (hasOddQuotes(text.slice(from, end))) isInQuotes = !isInQuotes;
    if (!isInQuotes) return end;
    from = end;
    end = text.indexOf("\n", end + 1);
  }
  return -1;
}

function hasOddQuotes(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count % 2 === 1;
}

const RFC4180_CELL = /"([^"]*(?:""[^"]*)*)"|[^",]*/y;
const GO_CELL = /"([^"\\]*(?:\\.[^"\\]*)*)"|[^",]*/y;

function cellsOf(text: string, dialect: CsvDialect): string[] {
  if (!text.includes('"')) {
    const cells = text.split(",");
    return dialect === "go" ? cells : cells.map(plainText);
  }
  const pattern = dialect === "go" ? GO_CELL : RFC4180_CELL;
  const cells: string[] = [];
  for (let at = 0; at <= text.length; at = pattern.lastIndex + 1) {
    pattern.lastIndex = at;
    const [bare = "", quoted] = pattern.exec(text) ?? [];
    const isWholeCell = pattern.lastIndex === text.length || text[pattern.lastIndex] === ",";
    // An empty text has quotes in go: without them a row that was cut off would pass for a success.
    if (!isWholeCell || (dialect === "go" && quoted === undefined && bare === "")) {
      const within = dialect === "go" ? '\\"' : '""';
      throw new SyntaxError(
        `cell ${cells.length + 1}: expected quotes around the whole cell, and ${within} within it`,
      );
    }
    if (dialect === "go") cells.push(quoted === undefined ? bare : goUnquote(quoted));
    else cells.push(plainText(quoted?.replaceAll('""', '"') ?? bare));
  }
  return cells;
}
