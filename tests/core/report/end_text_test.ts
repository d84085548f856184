import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../core/exit_code.ts";
import { buildReport } from "../../../core/report/build_report.ts";
import { renderHtml } from "../../../core/report/html/page.ts";
import { renderJunit } from "../../../core/report/junit.ts";
import type { Report } from "../../../core/report/report.ts";
import { renderText } from "../../../core/report/text.ts";
import type { Manifest } from "../../../core/run_log/manifest.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { runInMemory } from "../../support/run_in_memory.ts";
import { SAMPLE_MANIFEST, sampleIntervals } from "../../support/sample_report.ts";

/** A run that was to go on for a minute after 5 s of warm-up, and was stopped. */
async function stopped(
  manifest: Partial<Manifest> = {},
  records: readonly RunLogRecord[] = [
    { type: "change", atMs: 12_000, change: { kind: "stop" }, by: "ctl" },
  ],
): Promise<Report> {
  const asked = { durationMs: 60_000, warmUpMs: 5_000, thresholds: [] };
  return await buildReport(runInMemory({ ...SAMPLE_MANIFEST, ...asked, ...manifest }, [
    ...sampleIntervals().map((interval): RunLogRecord => ({ type: "interval", interval })),
    ...records,
    { type: "end", reason: "stopped", atMs: 12_000 },
  ]));
}

function text(report: Report): string {
  return renderText(report, { color: false, width: 1_000 });
}

Deno.test("a report says who stopped a run, when, and how long it was to go on", async () => {
  const report = await stopped();
  assert.match(text(report), /\| ended by ctl after 12s of 1m5s \|/);
  assert.match(renderHtml(report), /12s \(ended by: ctl; 1m0s asked\)/);
  assert.match(text(await stopped({ durationMs: null })), /\| ended by ctl after 12s \|/);
  const paused: RunLogRecord[] = [
    { type: "change", atMs: 8_000, change: { kind: "pause" }, by: "key" },
    { type: "change", atMs: 10_500, change: { kind: "resume" }, by: "key" },
    { type: "change", atMs: 12_000, change: { kind: "stop" }, by: "key" },
  ];
  assert.match(text(await stopped({}, paused)), /\| ended by key after 12s of 1m8s \|/);
  assert.match(text(await stopped({}, [])), /\| ended by request after 12s of 1m5s \|/);
});

Deno.test("a run that was stopped is judged on what it had, as one that ended by itself", async () => {
  const passed = await stopped({ thresholds: ["request.count > 0"] });
  const failed = await stopped({ thresholds: ["request.count < 0"] });
  const silent = await stopped();
  assert.deepEqual(
    [passed, failed, silent].map(({ exitCode }) => exitCode),
    [EXIT_CODE.pass, EXIT_CODE.failed, EXIT_CODE.inconclusive],
  );
  assert.doesNotMatch(renderJunit(passed), /name="run"/, "nothing but what was asked");
  assert.match(
    renderJunit(silent),
    /<error message="the run ended by ctl after 12s of 1m5s and nothing was asked of it"/,
  );
});
