import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { type CsvDialect, CutOffError } from "../../../kube/sample_log/dialect.ts";
import {
  formatOperationRow,
  operationHeader,
  type OperationRow,
  parseOperationRows,
  WRITE_OPS,
} from "../../../kube/sample_log/operation_row.ts";

const BEFORE_MS = Date.parse("2026-11-21T10:31:51.482Z");

const FAILED: OperationRow = {
  beforeMs: BEFORE_MS,
  afterMs: BEFORE_MS + 19,
  op: "delete",
  name: "1121.1031.4821-007",
  error: 'configmaps "1121.1031.4821-007" not found',
  dueMs: BEFORE_MS - 2,
  namespace: "scaletest",
  reason: "not-found",
};

const CREATED: OperationRow = {
  beforeMs: BEFORE_MS,
  afterMs: BEFORE_MS + 600,
  op: "create",
  name: "größe",
  error: "",
};

function fileOf(rows: readonly OperationRow[], dialect: CsvDialect): string {
  const header = operationHeader(dialect);
  return [
    ...(header === undefined ? [] : [header]),
    ...rows.map((row) => formatOperationRow(row, dialect)),
  ]
    .map((line) => `${line}\n`).join("");
}

Deno.test("a driver's row in go is byte for byte what the original drivers write", () => {
  strictEqual(
    fileOf([FAILED, CREATED, { ...CREATED, op: "update", error: 'one\ntwo\t"three" ☃' }], "go"),
    String
      .raw`2026-11-21 10:31:51.482,2026-11-21 10:31:51.501,delete,"1121.1031.4821-007","configmaps \"1121.1031.4821-007\" not found"
2026-11-21 10:31:51.482,2026-11-21 10:31:52.082,create,"größe",""
2026-11-21 10:31:51.482,2026-11-21 10:31:52.082,update,"größe","one\ntwo\t\"three\" ☃"
`,
  );
});

Deno.test("a driver's row in rfc4180 has the same first five columns, and what the schedule wanted", () => {
  strictEqual(
    fileOf([FAILED, CREATED, { ...CREATED, op: "update", error: "one\ntwo" }], "rfc4180"),
    `tBefore,tAfter,op,name,error,tDue,namespace,reason
2026-11-21 10:31:51.482,2026-11-21 10:31:51.501,delete,1121.1031.4821-007,"configmaps ""1121.1031.4821-007"" not found",2026-11-21 10:31:51.480,scaletest,not-found
2026-11-21 10:31:51.482,2026-11-21 10:31:52.082,create,größe,,,,
2026-11-21 10:31:51.482,2026-11-21 10:31:52.082,update,größe,"one
two",,,
`,
  );
});

const TIME_MS = fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") });
const TEXT = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "\\", "ü") }),
);
const FIRST_COLUMNS = {
  beforeMs: TIME_MS,
  afterMs: TIME_MS,
  op: fc.constantFrom(...WRITE_OPS),
  name: TEXT,
  error: TEXT,
};
const WORD = fc.string({ minLength: 1 });

Deno.test("parseOperationRows() gives back what was written in go", () => {
  fc.assert(
    fc.property(fc.array(fc.record(FIRST_COLUMNS, { noNullPrototype: true })), (rows) => {
      deepStrictEqual([...parseOperationRows(fileOf(rows, "go"))], rows);
    }),
  );
});

Deno.test("parseOperationRows() gives back what was written in rfc4180", () => {
  const row = fc.record(
    { ...FIRST_COLUMNS, dueMs: TIME_MS, namespace: WORD, reason: WORD },
    { requiredKeys: ["beforeMs", "afterMs", "op", "name", "error"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      deepStrictEqual([...parseOperationRows(fileOf(rows, "rfc4180"))], rows);
    }),
  );
});

Deno.test("parseOperationRows() finds columns by the header's names, and leaves unknown ones out", () => {
  const text = "op,extra,name,tAfter,tBefore,error\n" +
    "create,7,größe,2026-11-21 10:31:52.082,2026-11-21 10:31:51.482,\n";
  deepStrictEqual([...parseOperationRows(text)], [CREATED]);
});

Deno.test("parseOperationRows() says which line is wrong and what was expected", () => {
  const go = formatOperationRow(CREATED, "go");
  const header = operationHeader("rfc4180");
  for (
    const [text, message] of [
      [
        `${go}\n${go.replace(":31:52", ":31")}\n`,
        'line 2: tAfter: Cannot read time "2026-11-21 10:31.082": expected YYYY-MM-DD hh:mm:ss.mmm',
      ],
      [`${go},1\n`, "line 1: 6 cells: expected tBefore,tAfter,op,name,error"],
      [`${go}\n${go},1\n${go}\n`, "line 2: 6 cells: expected 5"],
      [
        `${go}\n${go.replace("create", "patch")}\n`,
        'line 2: op "patch": expected create, update, delete',
      ],
      ["time,value\n1,2\n", "line 1: expected a header with tBefore,tAfter,op,name,error"],
      ["PK\u0003\u0004", "line 1: expected a header with tBefore,tAfter,op,name,error"],
      [`${header}\n${go.replaceAll('"', "")}\n`, "line 2: 5 cells: expected 8"],
      ["2026-11", "line 1: 1 cells: expected tBefore,tAfter,op,name,error"],
    ] as const
  ) throws(() => [...parseOperationRows(text)], { name: "SyntaxError", message });
});

Deno.test("wherever a driver's file was cut off, all whole rows of it are read", () => {
  for (const dialect of ["go", "rfc4180"] as const) {
    const text = fileOf([CREATED, FAILED], dialect);
    const start = fileOf([CREATED], dialect).length;
    // The last column is free text: cut within it, a row cannot be told from a whole one.
    const readable = text.length - "\n".length - (dialect === "go" ? 0 : "not-found".length);
    for (let length = start; length <= text.length; length++) {
      const { rows, isCutOff } = readCut(text.slice(0, length));
      deepStrictEqual(rows[0], CREATED);
      strictEqual(rows.length, length >= readable ? 2 : 1, `${dialect}, ${length} characters`);
      strictEqual(isCutOff, length > start && length < readable);
    }
  }
});

function readCut(text: string): { rows: OperationRow[]; isCutOff: boolean } {
  const rows: OperationRow[] = [];
  try {
    for (const row of parseOperationRows(text)) rows.push(row);
    return { rows, isCutOff: false };
  } catch (error) {
    if (error instanceof CutOffError) return { rows, isCutOff: true };
    throw error;
  }
}
