import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildReport } from "../../../core/report/build_report.ts";
import { openRunDirectory } from "../../../core/run_log/run_directory.ts";

/** Written by scaletool 0.1.0 before there were stages: cmdriver with a warm-up of 1 s and 3 s of load. */
const OLDER = fileURLToPath(new URL("../../testdata/runs/before-stages", import.meta.url));

/** What the newer one has of the older one's fields. */
function common(newer: unknown, older: unknown): unknown {
  if (Array.isArray(older) && Array.isArray(newer)) {
    return newer.map((one, index) => common(one, older[index]));
  }
  if (typeof older !== "object" || older === null || typeof newer !== "object" || newer === null) {
    return newer;
  }
  return Object.fromEntries(
    Object.entries(older).map(([key, value]) => [
      key,
      common((newer as Record<string, unknown>)[key], value),
    ]),
  );
}

Deno.test("a run of a version without stages is read with every figure that it had then", async () => {
  const then = JSON.parse(Deno.readTextFileSync(`${OLDER}/result.json`));
  const now = JSON.parse(JSON.stringify(await buildReport(openRunDirectory(OLDER))));
  assert.deepEqual(common(now, then), then);
  assert.deepEqual(
    now.stages.map(({ name, kind, startMs, endMs }: typeof now.stages[0]) => [
      ...[name, kind, startMs, Math.round(endMs / 100) * 100],
    ]),
    [["warmup", "preparing", 0, 1_000], ["load", "measured", 1_000, 4_000]],
  );
  assert.deepEqual(now.stages[1].summary, now.summary);
});
