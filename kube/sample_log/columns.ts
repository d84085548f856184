/**
 * Which cell of a row is which? By the names in the header (rfc4180) or by position (go). Knows no
 * file format of its own.
 * @module
 */

import { type CsvDialect, type CsvRow, parseRows, unlessCutOff } from "./dialect.ts";

/** One kind of row. */
export interface RowSpec<T> {
  /** Names of the columns of the `go` dialect in order; each must be in a header too. */
  readonly columns: readonly string[];
  /** Columns that follow them in the `go` dialect, or not. */
  readonly mayFollow?: readonly string[];
  /** @param cell the text in a column; undefined if the file has no such column */
  read(cell: (column: string) => string | undefined): T;
}

/** Whether the first row of a file, or its header, is one of this kind. */
export function fits<T>({ cells, dialect }: CsvRow, spec: RowSpec<T>): boolean {
  const { columns, mayFollow = [] } = spec;
  if (dialect === "rfc4180") return columns.every((column) => cells.includes(column));
  const extra = cells.length - columns.length;
  return extra >= 0 && extra <= mayFollow.length;
}

/**
 * The rows of a file of one kind. Columns of a header that the kind does not know are left out.
 * @throws {SyntaxError} with the line and what was expected, if the file is not of this kind
 * @throws {CutOffError} after all other rows, if the last one is not whole and cannot be read
 */
export function* parseColumns<T>(
  source: string | Iterable<string>,
  { spec, dialect }: { spec: RowSpec<T>; dialect?: CsvDialect | undefined },
): Generator<T> {
  let indexOf: Map<string, number> | undefined;
  for (const row of parseRows(source, dialect)) {
    const isFirst = indexOf === undefined;
    if (indexOf === undefined) {
      if (!fits(row, spec)) throw new SyntaxError(`line ${row.line}: ${expectation(row, spec)}`);
      indexOf = columnIndexes(row, spec);
      if (row.dialect === "rfc4180") continue;
    }
    const place = { line: row.line, isWhole: row.isWhole || isFirst };
    yield unlessCutOff(place, () => readRow(row, { spec, indexOf }));
  }
}

function readRow<T>(
  { cells }: CsvRow,
  { spec, indexOf }: { spec: RowSpec<T>; indexOf: ReadonlyMap<string, number> | undefined },
): T {
  const expected = indexOf?.size ?? 0;
  if (cells.length !== expected) {
    throw new SyntaxError(`${cells.length} cells: expected ${expected}`);
  }
  return spec.read((column) => cells[indexOf?.get(column) ?? -1]);
}

function columnIndexes<T>({ cells, dialect }: CsvRow, spec: RowSpec<T>): Map<string, number> {
  const names = dialect === "rfc4180"
    ? cells
    : [...spec.columns, ...spec.mayFollow ?? []].slice(0, cells.length);
  return new Map(names.map((name, index) => [name, index]));
}

function expectation<T>({ cells, dialect }: CsvRow, { columns, mayFollow }: RowSpec<T>): string {
  if (dialect === "rfc4180") return `expected a header with ${columns.join(",")}`;
  const more = mayFollow === undefined ? "" : `[,${mayFollow.join(",")}]`;
  return `${cells.length} cells: expected ${columns.join(",")}${more}`;
}

/** @throws {SyntaxError} naming the column, if the cell is missing or not one of the words */
export function wordIn<const W extends string>(
  words: readonly W[],
  { column, text }: { column: string; text: string | undefined },
): W {
  const found = words.find((word) => word === text);
  if (found === undefined) {
    throw new SyntaxError(`${column} "${text}": expected ${words.join(", ")}`);
  }
  return found;
}

/** @throws {SyntaxError} naming the column, if the cell is missing or not a number of things */
export function countIn(
  { column, text = "" }: { column: string; text: string | undefined },
): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new SyntaxError(`${column} "${text}": expected a whole number from 0`);
  }
  return Number(text);
}

/** @throws {SyntaxError} naming the column, if `parse` does not take the cell */
export function timeIn(
  { column, text = "" }: { column: string; text: string | undefined },
  parse: (text: string) => number,
): number {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`${column}: ${error.message}`, { cause: error });
  }
}
