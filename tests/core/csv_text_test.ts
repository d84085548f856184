import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { csvText, plainText } from "../../core/csv_text.ts";
import {
  formatOperationRow,
  operationHeader,
  type OperationRow,
  parseOperationRows,
} from "../../kube/sample_log/operation_row.ts";

const FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '="a",b'];

Deno.test("no cell begins with a sign that a spreadsheet calculates from", () => {
  for (const text of FORMULAS) ok(/^"?'/.test(csvText(text)), csvText(text));
  for (const text of ["create", "a-b", "5", "it's", "'quoted'"]) strictEqual(csvText(text), text);
});

Deno.test("every text is read back as it was, also one with apostrophes before a formula", () => {
  const sign = fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "x", ",", '"');
  fc.assert(fc.property(fc.string({ unit: sign, maxLength: 6 }), (text) => {
    const cell = csvText(text);
    const inner = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    strictEqual(plainText(inner), text);
  }));
});

Deno.test("a driver's file has no formula in it, and gives a server's message back", () => {
  for (const error of FORMULAS) {
    const row: OperationRow = { beforeMs: 0, afterMs: 1, op: "create", name: "n", error };
    const line = formatOperationRow(row, "rfc4180");
    ok(!/(?:^|,)"?[=+\-@\t\r]/.test(line), line);
    const [read] = parseOperationRows(`${operationHeader("rfc4180")}\n${line}\n`);
    strictEqual(read?.error, error);
  }
});
