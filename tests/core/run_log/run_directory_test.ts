import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CannotRunError } from "../../../core/errors.ts";
import {
  isRunDirectory,
  openRunDirectory,
  runDirectoriesAt,
  RunDirectory,
} from "../../../core/run_log/run_directory.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import type { FullDiskOutcome } from "../../support/full_disk.ts";
import { SAMPLE_MANIFEST, sampleIntervals } from "../../support/sample_report.ts";
import { TempDir } from "../../support/scaletool.ts";

const FULL_DISK = fileURLToPath(new URL("../../support/full_disk.ts", import.meta.url));

function mark(label: string): RunLogRecord {
  return { type: "mark", mark: { atMs: 1, label } };
}

const END: RunLogRecord = { type: "end", reason: "duration", atMs: 12_040 };

/** One record of each type. */
function everyRecord(): RunLogRecord[] {
  const finding = { subject: "s", verdict: "pass", observed: null, limit: "", reason: "" } as const;
  return [
    ...sampleIntervals().slice(0, 3).map((interval) => ({ type: "interval" as const, interval })),
    { type: "warning", warning: { code: "one-host", message: 'line\nbreak, "quotes" and ü' } },
    { type: "finding", finding },
    mark("more load"),
    END,
  ];
}

/** As JSON keeps it: without the keys that are undefined. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

function assertCannotRun(make: () => unknown, message: RegExp): void {
  throws(make, (error) => {
    ok(error instanceof CannotRunError);
    match(error.message, message);
    return true;
  });
}

Deno.test("a run directory has the manifest before anything is measured, and is found", async () => {
  await using dir = new TempDir();
  const path = dir.file("deep/er/run");
  const directory = RunDirectory.create(path, SAMPLE_MANIFEST);
  deepStrictEqual(namesIn(path), ["manifest.json", "run.jsonl"]);
  deepStrictEqual(openRunDirectory(path).manifest, SAMPLE_MANIFEST);
  deepStrictEqual(await Array.fromAsync(openRunDirectory(path).records()), []);
  strictEqual(isRunDirectory(path), true);
  directory.close();
});

Deno.test("what was appended is read back in order, as often as it is asked for", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  const [first, ...others] = everyRecord();
  directory.append(first!);
  directory.append();
  directory.append(...others);
  const expected = asJson(everyRecord());
  directory.close();
  directory.close();
  const reopened = openRunDirectory(dir.file("run"));
  deepStrictEqual(asJson(await Array.fromAsync(reopened.records())), expected);
  deepStrictEqual(asJson(await Array.fromAsync(reopened.records())), expected);
});

Deno.test("every record is on disk as a numbered line as soon as it was appended", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(mark("one"), mark("two"));
  const text = Deno.readTextFileSync(dir.file("run/run.jsonl"));
  deepStrictEqual(text.split("\n"), [
    JSON.stringify({ ...mark("one"), line: 1 }),
    JSON.stringify({ ...mark("two"), line: 2 }),
    "",
  ]);
  directory.close();
});

Deno.test("a folder that holds a run is refused, and the run in it stays as it was", async () => {
  await using dir = new TempDir();
  const path = dir.file("run");
  const directory = RunDirectory.create(path, SAMPLE_MANIFEST);
  directory.append(mark("kept"));
  directory.close();
  assertCannotRun(
    () => RunDirectory.create(path, { ...SAMPLE_MANIFEST, runId: "other" }),
    /^Cannot write to ".*run": it holds a run already; name another --out$/,
  );
  deepStrictEqual(openRunDirectory(path).manifest, SAMPLE_MANIFEST);
  deepStrictEqual(await Array.fromAsync(openRunDirectory(path).records()), [mark("kept")]);
});

Deno.test("a folder that holds something else is taken, and that stays", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("notes.txt"), "mine");
  RunDirectory.create(dir.path, SAMPLE_MANIFEST).close();
  deepStrictEqual(namesIn(dir.path), ["manifest.json", "notes.txt", "run.jsonl"]);
});

Deno.test("a path that cannot be a folder is refused before any load, and says what to do", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("file"), "");
  for (const path of [dir.file("file"), dir.file("file/run"), "\0"]) {
    assertCannotRun(
      () => RunDirectory.create(path, SAMPLE_MANIFEST),
      /^Cannot write to "[^"]*": (?!it holds a run).+; name another --out$/s,
    );
  }
});

Deno.test("a last line that was cut off is left out, wherever it was cut", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(mark("whole"), mark("ü cut"));
  directory.close();
  const bytes = Deno.readFileSync(dir.file("run/run.jsonl"));
  const firstLine = bytes.indexOf("\n".charCodeAt(0)) + 1;
  for (let length = 0; length <= bytes.length; length++) {
    Deno.writeFileSync(dir.file("run/run.jsonl"), bytes.subarray(0, length));
    const labels = (await Array.fromAsync(openRunDirectory(dir.file("run")).records())).map((
      record,
    ) => record.type === "mark" && record.mark.label);
    const expected = ["whole", "ü cut"].slice(
      0,
      // A line that lacks nothing but its line feed is whole.
      length >= bytes.length - 1 ? 2 : length >= firstLine - 1 ? 1 : 0,
    );
    deepStrictEqual(labels, expected, `of the first ${length} bytes`);
  }
});

Deno.test("a log of many reads is cut into lines at no other place", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  // Two and three bytes a character: reads end within one.
  const labels = Array.from({ length: 40 }, (_, n) => `${n}${"ü€".repeat(5_000 + n)}`);
  directory.append(...labels.map(mark));
  directory.close();
  const read = (await Array.fromAsync(openRunDirectory(dir.file("run")).records())).map((record) =>
    record.type === "mark" && record.mark.label
  );
  ok(Deno.statSync(dir.file("run/run.jsonl")).size > 3 * 256 * 1024);
  deepStrictEqual(read, labels);
});

Deno.test("a run that was killed before its log was made has no records", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("manifest.json"), JSON.stringify(SAMPLE_MANIFEST));
  deepStrictEqual(await Array.fromAsync(openRunDirectory(dir.path).records()), []);
});

Deno.test("what is no run directory cannot be opened, and is not found", async () => {
  await using dir = new TempDir();
  assertCannotRun(() => openRunDirectory(dir.path), /: .+; expected a run directory$/);
  assertCannotRun(() => openRunDirectory(dir.file("none")), /; expected a run directory$/);
  for (const text of ["", "{", "{}", JSON.stringify({ ...SAMPLE_MANIFEST, schemaVersion: 2 })]) {
    Deno.writeTextFileSync(dir.file("manifest.json"), text);
    assertCannotRun(() => openRunDirectory(dir.path), /it is not a manifest of schemaVersion 1$/);
  }
  strictEqual(isRunDirectory(dir.file("none")), false);
});

Deno.test("a path stands for the run in it, or the runs in its folders by name", async () => {
  await using dir = new TempDir();
  for (const name of ["b", "a"]) RunDirectory.create(dir.file(name), SAMPLE_MANIFEST).close();
  Deno.mkdirSync(dir.file("c"));
  Deno.writeTextFileSync(dir.file("notes.txt"), "");
  deepStrictEqual(runDirectoriesAt(dir.path), [dir.file("a"), dir.file("b")]);
  deepStrictEqual(runDirectoriesAt(dir.file("b")), [dir.file("b")]);
  deepStrictEqual(runDirectoriesAt(dir.file("c")), []);
  deepStrictEqual(runDirectoriesAt(dir.file("none")), []);
});

Deno.test("what is appended after closing is in no log", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(mark("before"));
  directory.close();
  directory.append(mark("after"));
  deepStrictEqual(await Array.fromAsync(openRunDirectory(dir.file("run")).records()), [
    mark("before"),
  ]);
});

Deno.test("a report is written whole, and an older one replaced", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  strictEqual(directory.writeReport("result.json", "longer than the next"), true);
  strictEqual(directory.writeReport("result.json", "next"), true);
  strictEqual(Deno.readTextFileSync(dir.file("run/result.json")), "next");
  deepStrictEqual(namesIn(dir.file("run")), ["manifest.json", "result.json", "run.jsonl"]);
  strictEqual(directory.writeError, undefined);
  directory.close();
});

Deno.test("a report that cannot be written is told, and the others still are", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  Deno.mkdirSync(dir.file("run/result.json"));
  strictEqual(directory.writeReport("result.json", "{}"), false);
  match(directory.writeError ?? "", /directory/i);
  strictEqual(directory.writeReport("series.csv", "a,b\n"), true);
  match(directory.writeError ?? "", /directory/i);
  directory.close();
});

Deno.test("discarding removes the folder of a run in which nothing happened", async () => {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("runs/run"), SAMPLE_MANIFEST);
  directory.discard();
  deepStrictEqual(namesIn(dir.file("runs")), []);
  directory.discard();
});

Deno.test("discarding leaves what is not the run's own", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("notes.txt"), "mine");
  Deno.mkdirSync(dir.file("sub"));
  RunDirectory.create(dir.path, SAMPLE_MANIFEST).discard();
  deepStrictEqual(namesIn(dir.path), ["notes.txt", "sub"]);
});

/** Fills a run directory under a limit of 128 KiB a file, with the signal that tells of it ignored. */
async function fillDisk(path: string): Promise<FullDiskOutcome> {
  const limited = 'trap "" XFSZ; ulimit -f 256; exec "$@"';
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", limited, "sh", Deno.execPath(), "run", "-A", "--no-check", FULL_DISK, path],
  }).output();
  ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "a log on a disk that is full ends with the last batch that is whole",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = new TempDir();
    const outcome = await fillDisk(dir.file("run"));
    match(outcome.writeError ?? "", /too large/i);
    const onDisk = outcome.readBack.length;
    ok(onDisk > 0 && onDisk < outcome.appended.length, `${onDisk} on disk`);
    deepStrictEqual(outcome.readBack, outcome.appended.slice(0, onDisk));
    strictEqual(onDisk % 5, 0, "the batch that was cut off is not there");
    ok(Deno.readTextFileSync(dir.file("run/run.jsonl")).endsWith("\n"), "the last line is whole");
    strictEqual(outcome.isReportWritten, false);
    strictEqual(namesIn(dir.file("run")).includes("result.json"), false);
  },
});

Deno.test("a folder with a file that a report would be written over is refused, and stays as it was", async () => {
  for (const name of ["result.json", "create.service.hgrm"]) {
    await using dir = new TempDir();
    Deno.writeTextFileSync(dir.file(name), "mine");
    assertCannotRun(
      () => RunDirectory.create(dir.path, SAMPLE_MANIFEST),
      new RegExp(`it holds a file ${name} that the run would write over; name another --out$`),
    );
    deepStrictEqual(namesIn(dir.path), [name]);
  }
});

Deno.test("a manifest that is damaged is told with the place", async () => {
  await using dir = new TempDir();
  const cases: [manifest: unknown, message: RegExp][] = [
    [{ ...SAMPLE_MANIFEST, thresholds: ["p99 <"] }, /": thresholds\.0: expected a threshold; /],
    [{ ...SAMPLE_MANIFEST, startedAt: "yesterday" }, /": startedAt: expected a time; /],
  ];
  for (const [manifest, message] of cases) {
    Deno.writeTextFileSync(dir.file("manifest.json"), JSON.stringify(manifest));
    assertCannotRun(() => openRunDirectory(dir.path), message);
  }
});

Deno.test("a log is added to by another process where a kill cut it off", async () => {
  await using temp = new TempDir();
  const path = temp.file("run");
  const first = RunDirectory.create(path, SAMPLE_MANIFEST);
  first.append(mark("one"));
  first.close();
  Deno.writeTextFileSync(`${path}/run.jsonl`, '{"type":"mark","ma', { append: true });
  const again = RunDirectory.resume(path);
  again.append(mark("one"), END);
  again.close();
  const records = await Array.fromAsync(openRunDirectory(path).records());
  deepStrictEqual(records, [mark("one"), mark("one"), END]);
});

Deno.test("only a run directory can be added to", async () => {
  await using temp = new TempDir();
  assertCannotRun(() => RunDirectory.resume(temp.path), /expected a run directory/);
});
