import assert from "node:assert/strict";
import { EXIT_CODE } from "../../../../core/exit_code.ts";
import { failuresIn, interrupted, measuredIn, okOf } from "../reported.ts";
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

Deno.test("a status that never comes keeps nobody from asking the data plane", async () => {
  const { report, stderr } = await used([
    ...[...FEW, "--timeout", "4s", "--sandbox-fault", "missing-status=1"],
  ]);
  const served = report.summary.operations.find((
    { op, tags }: { op: string; tags?: Record<string, string> },
  ) => op === "serveSample" && tags?.["phase"] === "add");
  assert.equal(served?.ok, 1, stderr);
  // The wait for the statuses ran out after 4 s.
  assert.ok(served.response.max < 4_000);
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

Deno.test("changes that are due while no route is free are left out and counted, and no write has failed", async () => {
  const { report, stderr } = await used([
    ...[...FEW, "--routes", "5", "--churn-rate", "50/s", "--timeout", "1500ms"],
    ...["--sandbox-fault", "stale-data-plane"],
  ]);
  const named = ({ name }: { name: string }) => name === "skippedChanges";
  const updates = report.summary.operations.find(({ op }: { op: string }) => op === "update");
  // Each route waits for longer than changes are due.
  assert.ok(report.summary.counters.find(named).total > 0, stderr);
  assert.equal(updates.failed, 0);
});

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
