import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { columns, formatTable, visibleWidth } from "../../../core/report/table.ts";

Deno.test("formatTable() pads to the widest cell, numbers to the right, no blanks at a line's end", () => {
  deepStrictEqual(
    formatTable(columns("NAME", ">COUNT", "NOTE"), [["a", "7", ""], ["longer", "123456", "x y"]]),
    [
      "NAME     COUNT  NOTE",
      "a            7",
      "longer  123456  x y",
    ],
  );
});

Deno.test("formatTable() writes - for an empty or missing cell, so that awk counts the same columns", () => {
  deepStrictEqual(
    formatTable(columns("A", ">B", ">C"), [["", "1"], ["x", "", "2"]]),
    ["A  B  C", "-  1  -", "x  -  2"],
  );
});

Deno.test("formatTable() does not count colour sequences as width", () => {
  const red = "\x1b[31mFAIL\x1b[0m";
  strictEqual(visibleWidth(red), 4);
  deepStrictEqual(formatTable(columns("V", "X"), [[red, "1"], ["PASS", "2"]]), [
    "V     X",
    `${red}  1`,
    "PASS  2",
  ]);
});

Deno.test("formatTable() counts a character outside the basic plane as one", () => {
  deepStrictEqual(formatTable(columns("A", "B"), [["\u{1d4d0}", "1"]]), [
    "A  B",
    "\u{1d4d0}  1",
  ]);
});

Deno.test("formatTable() rows split at white space into the cells they were made from", () => {
  const cell = fc.stringMatching(/^[A-Za-z0-9.%]{1,9}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), (rows) => {
      const lines = formatTable(columns("A", ">B", "C"), rows);
      deepStrictEqual(lines.map((line) => line.split(/\s+/).filter((part) => part !== "")), [
        ["A", "B", "C"],
        ...rows,
      ]);
    }),
  );
});
