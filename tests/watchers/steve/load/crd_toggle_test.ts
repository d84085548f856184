import assert from "node:assert/strict";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../../kube/resource.ts";
import { OperationFailedError } from "../../../../core/errors.ts";
import {
  type CrdChanges,
  CrdToggle,
  judgeChanges,
} from "../../../../watchers/steve/load/crd_toggle.ts";
import {
  COLUMNS,
  crd,
  CRD_NAME,
  type CrdVariant,
} from "../../../../watchers/steve/load/objects.ts";
import { MemoryCluster, statusError } from "../../../support/memory_cluster.ts";
import { testRun } from "../../support.ts";

/** A Steve that shows what the definition says after a while. */
function toggling({ shownAfterMs = 500, periodMs = 3_000, patienceMs = 30_000 } = {}) {
  const test = testRun();
  const { clock, run } = test;
  const cluster = new MemoryCluster();
  cluster.put(CUSTOM_RESOURCE_DEFINITIONS, crd("A", { labels: {} }));
  const changed: string[] = [];
  let shown: CrdVariant = "A";
  let isDown = false;
  const steve = {
    columns: () =>
      isDown
        ? Promise.reject(new OperationFailedError("connection-refused", "refused"))
        : Promise.resolve(COLUMNS[shown]),
  };
  const toggle = new CrdToggle(run, {
    cluster,
    steve,
    periodMs,
    patienceMs,
    onChanged: (variant) => {
      changed.push(`${variant} ${clock.now() - 5_000}`);
      void clock.sleepUntil(clock.now() + shownAfterMs, run.aborted).then(() => shown = variant);
    },
  });
  const runFor = async (ms: number) => {
    const ended = toggle.run();
    await clock.advance(ms);
    run.stop("duration");
    await clock.advance(0);
    await ended;
    run.abort();
    return test.totals();
  };
  return { cluster, toggle, changed, runFor, goDown: () => void (isDown = true) };
}

Deno.test("the definition goes to B and back to A, and each change is confirmed", async () => {
  const { cluster, toggle, changed, runFor } = toggling();
  const totals = await runFor(8_000);
  assert.deepEqual(changed, ["B 0", "A 3000", "B 6000"]);
  assert.deepEqual(toggle.changes, {
    changed: 3,
    confirmed: 3,
    unconfirmed: 0,
    unseen: 0,
    invalid: 0,
  });
  assert.equal(totals.operation("crdChange", { variant: "A" })?.ok, 1);
  const { response } = totals.operation("crdShown")!;
  assert.ok(Math.abs(response.max / 1_000 - 500) < 1, `${response.max}`);
  const { spec } = await cluster.get(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME });
  assert.deepEqual(spec, crd("B", { labels: {} })["spec"]);
  assert.equal(cluster.writes.length, 3);
});

Deno.test("a change that Steve does not show before the next one is not confirmed", async () => {
  const { toggle, runFor } = toggling({ shownAfterMs: 10_000 });
  const totals = await runFor(8_000);
  assert.deepEqual(toggle.changes, {
    changed: 3,
    confirmed: 0,
    unconfirmed: 2,
    unseen: 0,
    invalid: 0,
  });
  assert.deepEqual(totals.operation("crdShown")?.failed, { stalled: 2 });
  assert.equal(totals.operation("crdShown")?.cancelled, 1);
});

Deno.test("a Steve that is down confirms nothing, and the wait has an end", async () => {
  const { toggle, runFor, goDown } = toggling({ periodMs: 100_000, patienceMs: 5_000 });
  goDown();
  const totals = await runFor(6_000);
  assert.deepEqual(toggle.changes, {
    changed: 1,
    confirmed: 0,
    unconfirmed: 1,
    unseen: 0,
    invalid: 0,
  });
  const { lag } = totals.operation("crdShown")!;
  assert.equal(lag.count, 1);
});

Deno.test("a 422 is a defect of the patch, another refusal is a failure like any", async () => {
  const { cluster, toggle, runFor } = toggling();
  cluster.fail("patch", statusError(422, "Invalid"));
  cluster.fail("patch", statusError(503, "ServiceUnavailable"));
  const totals = await runFor(8_000);
  assert.deepEqual(totals.operation("crdChange")?.failed, {
    invalid: 1,
    "service-unavailable": 1,
  });
  assert.deepEqual(toggle.changes, {
    changed: 1,
    confirmed: 1,
    unconfirmed: 0,
    unseen: 0,
    invalid: 1,
  });
  assert.equal(judgeChanges(toggle.changes).verdict, "fail");
});

Deno.test("the verdict on changes", () => {
  const none = { changed: 0, confirmed: 0, unconfirmed: 0, unseen: 0, invalid: 0 };
  const cases: readonly [Partial<CrdChanges>, string, string | null][] = [
    [{}, "inconclusive", null],
    [{ changed: 1 }, "inconclusive", null],
    [{ changed: 3, confirmed: 1, unconfirmed: 2 }, "pass", "1 of 3"],
    [{ changed: 2, unconfirmed: 2 }, "fail", "0 of 2"],
    [{ changed: 2, unconfirmed: 1, unseen: 1 }, "fail", "0 of 2"],
    [{ changed: 2, unseen: 2 }, "inconclusive", "0 of 2"],
    [{ changed: 2, confirmed: 1, unseen: 1 }, "pass", "1 of 2"],
    [{ changed: 9, confirmed: 9, invalid: 1 }, "fail", "9 of 9"],
  ];
  for (const [changes, verdict, observed] of cases) {
    const finding = judgeChanges({ ...none, ...changes });
    assert.deepEqual([finding.verdict, finding.observed], [verdict, observed]);
    assert.equal(finding.reason === "", verdict === "pass");
  }
});
