import { setImmediate } from "node:timers/promises";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Interval } from "../../../core/measure/interval.ts";
import { Totals } from "../../../core/measure/totals.ts";
import { RunDirectory } from "../../../core/run_log/run_directory.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { readRunLog } from "../../../core/run_log/reader.ts";
import { SAMPLE_MANIFEST, sampleIntervals } from "../../support/sample_report.ts";
import { TempDir } from "../../support/scaletool.ts";

const RECORDS: readonly RunLogRecord[] = [
  ...sampleIntervals().map((interval) => ({ type: "interval" as const, interval })),
  { type: "mark", mark: { atMs: 1, label: "load" } },
  { type: "mark", mark: { atMs: 1, label: "load" } },
  { type: "end", reason: "duration", atMs: 12_040 },
];

/** The lines of a whole log; without numbers as older versions wrote them. */
async function logLines({ areNumbered = true } = {}): Promise<string[]> {
  if (!areNumbered) return RECORDS.map((record) => JSON.stringify(record));
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(...RECORDS);
  directory.close();
  return Deno.readTextFileSync(dir.file("run/run.jsonl")).trimEnd().split("\n");
}

async function read(text: string): Promise<{ records: RunLogRecord[]; warnings: string[] }> {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("run.jsonl"), text);
  const all = await Array.fromAsync(readRunLog(dir.file("run.jsonl")));
  const warnings = all.filter((record) => record.type === "warning");
  return {
    records: all.filter((record) => record.type !== "warning"),
    warnings: warnings.map(({ warning: { code, message } }) => `${code}: ${message}`),
  };
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function totalOf(records: readonly RunLogRecord[]): number | undefined {
  const totals = new Totals();
  for (const record of records) if (record.type === "interval") totals.add(record.interval);
  return totals.operation("request")?.total;
}

Deno.test("a whole log is read without a warning, the same thing said twice included", async () => {
  for (const areNumbered of [true, false]) {
    const { records, warnings } = await read(joined(await logLines({ areNumbered })));
    deepStrictEqual(warnings, []);
    deepStrictEqual(JSON.parse(JSON.stringify(records)), JSON.parse(JSON.stringify(RECORDS)));
  }
});

Deno.test("damaged lines are left out, counted and named by their numbers", async () => {
  const lines = await logLines();
  for (const place of [1, 3, 4, 5, 6, 7]) lines[place] = lines[place]!.slice(0, -9);
  const { records, warnings } = await read(joined(lines));
  strictEqual(records.length, RECORDS.length - 6);
  const [warning = "", ...more] = warnings;
  deepStrictEqual(more, []);
  match(warning, /^run-log-damaged: 6 of the log's lines .* \(lines 2, 4, 5, 6, 7 and 1 more\)/);
});

Deno.test("a line whose histogram cannot be decoded is a damaged line, and breaks nothing", async () => {
  const lines = await logLines();
  lines[2] = lines[2]!.replace(/"hdr":"HISTF[^"]{20}/, '"hdr":"HISTFAAAAAAAAAAAAAAAAAAAA');
  lines[3] = lines[3]!.replace(/"hdr":"[^"]*"/, '"hdr":"no base64!"');
  const { records, warnings } = await read(joined(lines));
  strictEqual(records.length, RECORDS.length - 2);
  match(warnings[0] ?? "", /\(lines 3, 4\)/);
});

Deno.test("a last line that a kill cut off is no damage, though one in the middle is", async () => {
  const lines = await logLines();
  const torn = lines.pop()!.slice(0, 20);
  deepStrictEqual((await read(joined(lines) + torn)).warnings, []);
  const { records, warnings } = await read(joined([torn, ...lines]));
  strictEqual(records.length, lines.length);
  match(warnings[0] ?? "", /^run-log-damaged: 1 of the log's lines .* \(line 1\)/);
});

Deno.test("a line that is there twice counts once, next to its twin or after a whole second copy", async () => {
  for (const areNumbered of [true, false]) {
    const lines = await logLines({ areNumbered });
    const expected = totalOf(RECORDS);
    const [first = "", second = "", ...rest] = lines;
    const doubled = await read(joined([first, second, second, ...rest]));
    strictEqual(totalOf(doubled.records), expected);
    match(doubled.warnings[0] ?? "", /^run-log-doubled: 1 of the log's lines .* \(line 3\)/);
    const copied = await read(joined([...lines, ...lines]));
    strictEqual(totalOf(copied.records), expected);
    match(copied.warnings[0] ?? "", /^run-log-doubled: /);
  }
});

Deno.test("two threads that measured the same count twice", async () => {
  await using dir = new TempDir();
  const [interval] = sampleIntervals() as [Interval];
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append({ type: "interval", interval }, { type: "interval", interval });
  directory.close();
  const { records, warnings } = await read(Deno.readTextFileSync(dir.file("run/run.jsonl")));
  strictEqual(records.length, 2);
  deepStrictEqual(warnings, []);
});

Deno.test("what else the event loop has to do is served while a log is read", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  // Several times what is read at once.
  for (let turn = 0; turn < 40; turn++) directory.append(...RECORDS);
  directory.close();
  let isServed = false;
  void setImmediate().then(() => isServed = true);
  let wasServed = false;
  for await (const _ of readRunLog(dir.file("run/run.jsonl"))) wasServed ||= isServed;
  ok(wasServed, "it was served before the last record was read");
});
