import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import type { RunLogRecord } from "../../../../core/run_log/record.ts";
import type { ProcessTotals } from "../../../../kube/component/usage.ts";
import { ComponentCosts } from "../../../../probes/gateway/route_load/component_costs.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

type Told = ProcessTotals | "fails" | "restarted";

/** Idle for 10 s, then so many changes in 5 s: what is recorded, and what is said. */
async function costOf(told: readonly Told[], changes: number) {
  const clock = new FakeClock();
  const log: RunLogRecord[] = [];
  const log_ = (...records: readonly RunLogRecord[]) => void log.push(...records);
  const run = new Run({ id: "r1", clock, rng: createRng(1), log: log_ });
  run.begin();
  const readings = told.values();
  const costs = new ComponentCosts(run, [{
    name: "controller",
    tags: { gateway: "a/gw" },
    read: () => {
      const { value = "fails" } = readings.next();
      if (value === "fails") return Promise.reject(new OperationFailedError("timeout", "no page"));
      const [process, totals] = value === "restarted" ? ["q", { cpuSeconds: 0 }] : ["p", value];
      return Promise.resolve({ levels: {}, totals: new Map([[process, totals]]) });
    },
  }]);
  const idle = await costs.read();
  await clock.advance(10_000);
  await costs.idleSince(idle);
  const before = await costs.read();
  await clock.advance(5_000);
  await costs.record(run.recorder, before, { phase: "add", changes, atMs: clock.now() });
  const [interval] = run.recorder.rotate(clock.now());
  return {
    distributions: (interval?.distributions ?? []).map(({ name, tags }) => ({ name, tags })),
    sums: Object.fromEntries(
      (interval?.distributions ?? []).map(({ name, histogram }) => [name, histogram]),
    ),
    warnings: log.flatMap((record) => record.type === "warning" ? [record.warning.message] : []),
  };
}

Deno.test("a change costs what was used beyond idle, over the changes", async () => {
  const { distributions, sums, warnings } = await costOf([
    { cpuSeconds: 1, allocatedBytes: 0 },
    { cpuSeconds: 2, allocatedBytes: 1_000 },
    { cpuSeconds: 2, allocatedBytes: 1_000 },
    { cpuSeconds: 4.5, allocatedBytes: 3_500 },
  ], 100);
  const tags = { gateway: "a/gw", component: "controller", phase: "add" };
  assert.deepEqual(distributions, [
    { name: "cpuPerChange", tags },
    { name: "allocatedPerChange", tags },
  ]);
  // 2.5 s less 0.5 s of idle, and 2,500 bytes less 500, for 100 changes.
  assert.equal(sums["cpuPerChange"]?.sum, 20_000);
  assert.equal(sums["allocatedPerChange"]?.sum, 20);
  assert.deepEqual(warnings, []);
});

Deno.test("a reading that failed and a process that began anew are no figure, and are said", async () => {
  const one = { cpuSeconds: 1 };
  const failed = await costOf([one, one, one, "fails"], 10);
  assert.deepEqual(failed.distributions, []);
  assert.match(failed.warnings.join(), /in phase "add" is not known, as it could not be read/);
  const restarted = await costOf([one, one, one, "restarted"], 10);
  assert.deepEqual(restarted.distributions, []);
  assert.match(restarted.warnings.join(), /its process began anew/);
});

Deno.test("without what it uses when idle nothing is known of changes, and it is said once", async () => {
  const one = { cpuSeconds: 1 };
  const { distributions, warnings } = await costOf(["fails", one, one, one], 10);
  assert.deepEqual(distributions, []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /in phase "idle"/);
});
