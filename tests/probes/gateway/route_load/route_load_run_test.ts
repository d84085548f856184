import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { componentsOf, failuresIn, interrupted, measuredIn, okOf } from "../reported.ts";
import { isUnanswered } from "../../../sandbox/fault_matrix_text.ts";
import { ON_SANDBOX, used } from "../used.ts";

const FEW = [
  ...["route-load", ...ON_SANDBOX, "--routes", "20", "--sample", "10", "--idle", "1s"],
  ...["--hold", "200ms", "--churn-rate", "10/s", "--endpoint-churn-rate", "10/s"],
  ...["--duration", "1s", "--timeout", "20s"],
];

/** Of a page that tells what a process has used by now. */
function metricsPage(): { readonly url: string; readonly close: () => Promise<void> } {
  let cpuSeconds = 1;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    cpuSeconds += 0.5;
    return new Response(
      `process_cpu_seconds_total ${cpuSeconds}\ngo_memstats_alloc_bytes_total ${
        1e6 * cpuSeconds
      }\n` +
        "process_start_time_seconds 1\nprocess_resident_memory_bytes 5e7\n",
    );
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/metrics`,
    close: () => server.shutdown(),
  };
}

Deno.test("routes are added, changed, churned and removed, and each time statuses are right and the sample is served", async () => {
  const page = metricsPage();
  const { report, stderr } = await used([
    ...[...FEW, "--joined", "--changes", "15"],
    ...["--controller-metrics", page.url, "--data-plane-metrics", page.url],
  ]);
  await page.close();
  assert.deepEqual(failuresIn(report), [], stderr);
  for (const gateway of ["gateways/sandbox", "gateways/other"]) {
    for (const phase of ["add", "change", "churn"]) {
      assert.equal(okOf(report, "settle", { gateway, phase }), 1);
      assert.equal(okOf(report, "serveSample", { gateway, phase }), 1);
    }
    assert.equal(okOf(report, "serveSample", { gateway, phase: "remove" }), 1);
    assert.equal(okOf(report, "detachAll", { gateway }), 1);
    assert.equal(okOf(report, "settleOne", { gateway }), 10);
  }
  assert.equal(okOf(report, "update"), 15 + 10);
  assert.equal(okOf(report, "delete"), 20);
  const { measures } = report.manifest;
  assert.deepEqual(measuredIn(report).filter((name) => !measures.includes(name)), []);
  const costs = report.summary.distributions.filter(({ name }: { name: string }) =>
    name === "cpuPerChange"
  );
  assert.deepEqual(
    costs.map(({ tags }: { tags: Record<string, string> }) => tags["component"]),
    Array.from({ length: 8 }, () => "combined"),
  );
});

Deno.test("how long the count has to hold is no part of the time until the sample is gone", async () => {
  const { report, stderr } = await used([...FEW, "--hold", "3s"]);
  assert.deepEqual(failuresIn(report), [], stderr);
  const gone = report.summary.operations.find((
    { op, tags }: { op: string; tags?: Record<string, string> },
  ) => op === "serveSample" && tags?.["phase"] === "remove");
  const detached = report.stages.find(({ name }: { name: string }) => name === "remove");
  assert.ok(detached.endMs - detached.startMs >= 3_000);
  assert.ok(gone.response.max < 3_000);
});

for (
  const [fault, check, component] of [
    ["missing-status", "unsettled.total <= 0", "controller"],
    ["residue=2", "detachAll.failed.count <= 0", "controller"],
    ["stale-data-plane", "unserved.total <= 0", "data plane"],
    ["foreign-rewrite", "foreignRewrites.total <= 0", "another controller"],
  ] as const
) {
  Deno.test(`${fault}: ${check} fails, and the ${component} is accused`, async () => {
    const { report, stderr } = await used([
      ...[...FEW, "--timeout", "2s", "--sandbox-fault", fault],
    ]);
    const finding = report.findings.find(({ subject }: { subject: string }) => subject === check);
    // A machine that is too busy to measure leaves a check without an answer, never with a wrong one.
    if (isUnanswered(finding)) return;
    assert.equal(finding.verdict, "fail", stderr);
    assert.ok(componentsOf(report).includes(component), componentsOf(report).join());
  });
}

for (
  const [stage, op, args] of [
    // The pilot is a create as well.
    ["add", undefined, ["--routes", "3000"]],
    ["change", "update", ["--routes", "1000", "--changes", "1000"]],
    ["churn", "settleOne", ["--duration", "10m"]],
    ["remove", "delete", ["--routes", "1000", "--changes", "1"]],
  ] as const
) {
  Deno.test(`Ctrl-C in stage ${stage} keeps what was measured, and removes what was made`, async () => {
    const { code, report, stderr } = await interrupted(
      [...FEW, ...args],
      op ?? "create",
      op === undefined ? `"name":"${stage}"` : undefined,
    );
    assert.equal(code, EXIT_CODE.interrupted, stderr);
    assert.equal(report.end.reason, "interrupted");
    assert.equal(report.stages.at(-1).name, stage);
    if (op !== undefined) assert.ok(okOf(report, op) > 0);
    assert.doesNotMatch(stderr, /could not|by hand|left behind/i);
  });
}
