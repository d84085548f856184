import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  type Cell,
  type CsvDialect,
  type CsvRow,
  CutOffError,
  formatRow,
  parseRows,
} from "../../../kube/sample_log/dialect.ts";

function quoted(text: string): Cell {
  return { text, isQuoted: true };
}

function cellsOf(rows: Iterable<CsvRow>): (readonly string[])[] {
  return [...rows].map(({ cells }) => cells);
}

Deno.test("formatRow() quotes as the dialect does", () => {
  const cells = [{ text: "1" }, quoted("plain"), quoted('a "b", c'), quoted("d\ne\\"), quoted("")];
  strictEqual(formatRow(cells, "go"), '1,"plain","a \\"b\\", c","d\\ne\\\\",""');
  strictEqual(formatRow(cells, "rfc4180"), '1,plain,"a ""b"", c","d\ne\\",');
});

Deno.test("parseRows() takes a file that begins with a digit for go, any other for rfc4180", () => {
  const dialectOf = (text: string) => [...parseRows(text)][0]?.dialect;
  strictEqual(dialectOf('2026,"a"\n'), "go");
  strictEqual(dialectOf("time,name\n2026,a\n"), "rfc4180");
  strictEqual(dialectOf("\ufefftime,name\n"), "rfc4180");
  strictEqual([...parseRows('2026,"a ""b"""\n', "rfc4180")][0]?.cells[1], 'a "b"');
});

Deno.test("parseRows() numbers rows by their first line, over quoted line ends and blank lines", () => {
  const text = 'h,i\r\n"a\nb",c\n\nd,"e"\r\n';
  deepStrictEqual([...parseRows(text)], [
    { line: 1, cells: ["h", "i"], dialect: "rfc4180", isWhole: true },
    { line: 2, cells: ["a\nb", "c"], dialect: "rfc4180", isWhole: true },
    { line: 5, cells: ["d", "e"], dialect: "rfc4180", isWhole: true },
  ]);
});

Deno.test("parseRows() of an empty file gives no row", () => {
  for (const source of ["", "\n", "\ufeff", [], ["", ""]]) {
    deepStrictEqual([...parseRows(source)], []);
  }
});

Deno.test("parseRows() gives the same rows wherever the parts are cut", () => {
  const text = '\ufeffh,i\r\n"a,\n""b""",c\nd,\n';
  const whole = [...parseRows(text)];
  strictEqual(whole.length, 3);
  for (let at = 0; at <= text.length; at++) {
    deepStrictEqual([...parseRows([text.slice(0, at), text.slice(at)])], whole, `cut at ${at}`);
  }
  deepStrictEqual([...parseRows([...text])], whole);
});

/** A first row that keeps a dialect's place: a header, or a time. */
const FIRST: Readonly<Record<CsvDialect, string>> = { rfc4180: "h", go: "0" };

Deno.test("parseRows() gives back every cell that formatRow() wrote, in both dialects", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "\\", "a", "\ud800") }),
  );
  const rows = fc.array(fc.array(text, { minLength: 2, maxLength: 5 }), { maxLength: 6 });
  fc.assert(
    fc.property(rows, fc.constantFrom<CsvDialect>("rfc4180", "go"), (given, dialect) => {
      const all = [[FIRST[dialect], ""], ...given];
      const file = all.map((cells, index) =>
        formatRow(cells.map((one, at) => ({ text: one, isQuoted: index > 0 || at > 0 })), dialect) +
        "\n"
      ).join("");
      deepStrictEqual(cellsOf(parseRows(file)), all);
    }),
  );
});

Deno.test("parseRows() names the line and the cell whose quotes are wrong", () => {
  for (
    const [text, message] of [
      ['h,i\na,b "c"\n', 'line 2: cell 2: expected quotes around the whole cell, and "" within it'],
      ['h,i\n"a"b,c\n', 'line 2: cell 1: expected quotes around the whole cell, and "" within it'],
      [
        '1,"a"\n2,"b""c"\n',
        'line 2: cell 2: expected quotes around the whole cell, and \\" within it',
      ],
      ['1,"a\n2,"b"\n', 'line 1: cell 2: expected quotes around the whole cell, and \\" within it'],
      ['1,"a\\q"\n', "line 1: Cannot read escape \\q: expected one that Go's %q writes"],
      [
        'h,i\na,"b\nc,d\n',
        'line 2: cell 2: expected quotes around the whole cell, and "" within it',
      ],
      ['h,"i', 'line 1: cell 2: expected quotes around the whole cell, and "" within it'],
    ] as const
  ) throws(() => [...parseRows(text)], { name: "SyntaxError", message });
});

Deno.test("parseRows() tells of a last row that is cut off after it gave all others", () => {
  for (const text of ['h,i\na,b\nc,"d', '1,"a"\n2,"b"\n3,"c\\']) {
    const lines: number[] = [];
    throws(() => {
      for (const { line } of parseRows(text)) lines.push(line);
    }, (error) => {
      ok(error instanceof CutOffError);
      strictEqual(error.line, 3);
      strictEqual(error.message, "line 3: the file ends within this row");
      return true;
    });
    deepStrictEqual(lines, [1, 2]);
  }
  deepStrictEqual([...parseRows("h,i\na,b")].map(({ isWhole }) => isWhole), [true, false]);
});

Deno.test("parseRows() does not read on without end for a quote that is not closed", () => {
  const part = "x".repeat(2 ** 18) + "\n";
  let taken = 0;
  function* endless() {
    yield 'h,i\na,"';
    for (;; taken++) yield part;
  }
  throws(() => [...parseRows(endless())], {
    name: "SyntaxError",
    message: "line 2: no row is this long; a quote is not closed",
  });
  ok(taken < 6);
});
