import assert from "node:assert/strict";
import { endOfRun } from "../../../core/run_log/end_of_run.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { RunDirectory } from "../../../core/run_log/run_directory.ts";
import { SAMPLE_MANIFEST } from "../../support/sample_report.ts";
import { TempDir } from "../../support/scaletool.ts";

const LATE: RunLogRecord = { type: "warning", warning: { code: "stdout-lost", message: "lost" } };

async function endAfter(...records: readonly RunLogRecord[]) {
  await using dir = new TempDir();
  const directory = RunDirectory.create(dir.file("run"), SAMPLE_MANIFEST);
  directory.append(...records);
  directory.close();
  return endOfRun(directory.path);
}

Deno.test("the end of a run is found behind a long log, and before what was noted after it", async () => {
  const long = Array.from({ length: 2_000 }, (): RunLogRecord => ({
    type: "mark",
    mark: { atMs: 1, label: '{"type":"end","reason":"limit","atMs":1}'.repeat(3) },
  }));
  const { end, writtenAt } = await endAfter(...long, {
    type: "end",
    reason: "stopped",
    atMs: 12_000,
  }, LATE);
  assert.deepEqual([end?.reason, end?.atMs], ["stopped", 12_000]);
  assert.ok(writtenAt instanceof Date);
});

Deno.test("a run that goes on or was killed has no end, and one without a log no time either", async () => {
  assert.equal((await endAfter(LATE)).end, undefined);
  assert.deepEqual(endOfRun("/nowhere"), { end: undefined, writtenAt: undefined });
});
