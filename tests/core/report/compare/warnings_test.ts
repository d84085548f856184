import assert from "node:assert/strict";
import { compareRuns, type RunComparison } from "../../../../core/report/compare/compare.ts";
import type { Report } from "../../../../core/report/report.ts";
import { fakeReport } from "../../../support/compare_reports.ts";

const OPTIONS = { confidence: 0.95, failOn: [] };

function codes({ warnings }: RunComparison): string[] {
  return warnings.map(({ code }) => code);
}

Deno.test("compareRuns() warns of everything that makes runs hard to compare", () => {
  const { manifest } = fakeReport([]);
  const base = fakeReport({}, { runId: "a" });
  const change = (changed: Partial<Report["manifest"]>) =>
    fakeReport({}, { runId: "b", manifest: changed });
  const flag = (value: string) => ({ value, source: "flag" as const });
  const cases: [candidate: Report, code: string, message: RegExp][] = [
    [change({ command: "maas" }), "different-command", /command differs: httperf -> maas$/],
    [change({ target: "http://h" }), "different-target", /8443 -> http:\/\/h$/],
    [change({ model: "open" }), "different-model", /closed, 4 workers -> open$/],
    [change({ targetRatePerSec: 50 }), "different-rate", /none -> 50\/s$/],
    [change({ warmUpMs: 5_000 }), "different-warm-up", /0s -> 5s$/],
    [
      change({ tool: { ...manifest.tool, version: "0.2.0" } }),
      "different-version",
      /0\.1\.0 \(deno 2\.9\.6\) -> 0\.2\.0 \(deno 2\.9\.6\)$/,
    ],
    [change({ host: { ...manifest.host, cpus: 8 } }), "different-machine", /2 CPUs, .* -> 8 CPUs/],
    [
      change({ flags: { "block-size": flag("1000"), h2: flag("true"), out: flag("/x") } }),
      "different-flags",
      /^flags differ: block-size 500 -> 1000, h2 \(not set\) -> true$/,
    ],
    [
      fakeReport({}, { runId: "b", measuredMs: 47_000 }),
      "different-duration",
      /60\.0s -> 47\.0s/,
    ],
    [
      fakeReport({}, { runId: "b", validity: { level: "degraded", reasons: ["lag 12ms"] } }),
      "run-not-valid",
      /run b is degraded \(lag 12ms\)/,
    ],
    [fakeReport({}, { runId: "b", end: null }), "run-interrupted", /run b was killed/],
    [
      fakeReport({}, { runId: "b", end: { reason: "interrupted", atMs: 1 } }),
      "run-interrupted",
      /run b ended early \(interrupted\)/,
    ],
    [fakeReport({}, { runId: "a" }), "same-run", /^a is on both sides/],
  ];
  for (const [candidate, code, message] of cases) {
    const comparison = compareRuns([base], [candidate], OPTIONS);
    assert.deepEqual(codes(comparison), ["few-runs", code]);
    assert.match(comparison.warnings[1]?.message ?? "", message);
  }
  for (const candidate of [fakeReport({}, { runId: "b", measuredMs: 49_000 }), change({})]) {
    assert.deepEqual(codes(compareRuns([base], [candidate], OPTIONS)), ["few-runs"]);
  }
});

Deno.test("compareRuns() warns when the runs of one side differ among themselves", () => {
  const runs = ["a", "b", "c"].map((model, index) =>
    fakeReport({}, { runId: model, manifest: { model: index === 2 ? "open" : "closed" } })
  );
  const comparison = compareRuns(runs, [fakeReport({}, { manifest: { model: "open" } })], OPTIONS);
  assert.equal(
    comparison.warnings.find(({ code }) => code === "different-model")?.message,
    "the load model differs: closed|open -> open",
  );
  assert.match(comparison.warnings[0]?.message ?? "", /^3 and 1 runs: only variation within/);
});
