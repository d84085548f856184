import assert from "node:assert/strict";
import { CannotRunError, LeftoverError, OperationFailedError } from "../../../core/errors.ts";
import { makeDefinition, removeDefinition } from "../../../kube/owned/definition.ts";
import { crd, CRD_NAME, FOOS } from "../../../watchers/steve/load/objects.ts";
import { statusError } from "../../support/memory_cluster.ts";
import {
  CRD_CALL,
  CRDS,
  definition,
  ESTABLISHED,
  establishes,
  labelsOf,
  setUpSetting,
} from "../../watchers/steve/set_up/set_up_setting.ts";

type Setting = ReturnType<typeof setUpSetting>;

/** What came of it within `ms`. */
async function make({ cluster, clock, context }: Setting, ms = 0): Promise<unknown> {
  const ended = makeDefinition(cluster, {
    ...context,
    runId: "r1",
    defines: FOOS,
    definition: crd("A", { labels: labelsOf("r1") }),
  })
    .then(() => "made", (thrown: unknown) => thrown);
  await clock.advance(ms);
  assert.equal(clock.sleeperCount, 0);
  return await ended;
}

async function remove({ cluster, clock, context }: Setting, ms = 0): Promise<unknown> {
  const ended = removeDefinition(cluster, { ...context, runId: "r1", defines: FOOS })
    .then(() => "removed", (thrown: unknown) => thrown);
  await clock.advance(ms);
  assert.equal(clock.sleeperCount, 0);
  return await ended;
}

Deno.test("a definition is made with the run's labels and waited for until it is served", async () => {
  const test = setUpSetting();
  establishes(test.cluster);
  test.cluster.fail("list", statusError(404, "NotFound"), { times: 2 });
  assert.equal(await make(test, 500), "made");
  assert.deepEqual(test.cluster.calls.filter((call) => call.startsWith("list")).length, 3);
  const { metadata } = await test.cluster.get(CRDS, { name: CRD_NAME });
  assert.deepEqual(metadata.labels, labelsOf("r1"));
});

Deno.test("one that was made although the answer was lost is this run's", async () => {
  const test = setUpSetting();
  establishes(test.cluster);
  const lost = new OperationFailedError("connection-reset", "reset");
  test.cluster.fail("create", lost, { afterEffect: true });
  assert.equal(await make(test, 1_000), "made");
});

Deno.test("somebody else's is not used", async () => {
  for (const labels of [{}, labelsOf("r2")]) {
    const test = setUpSetting();
    test.cluster.put(CRDS, definition({ labels, conditions: ESTABLISHED }));
    const error = await make(test);
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      'Cannot use CustomResourceDefinition "foos.example.com": it is there already and was not ' +
        "made by scaletool; delete it, with all its objects, by: kubectl delete crd foos.example.com",
    );
  }
});

Deno.test("one that is not served after 30 s is given up, with what was waited for", async () => {
  const never = setUpSetting();
  const error = await make(never, 30_000);
  assert.match(`${error}`, /: it is not Established after 30s$/);
  const unserved = setUpSetting();
  establishes(unserved.cluster);
  unserved.cluster.fail("list", statusError(404, "NotFound"), { times: 1_000 });
  assert.match(`${await make(unserved, 30_000)}`, /: its objects are not served after 30s$/);
});

Deno.test("names that are taken end the wait at once", async () => {
  const test = setUpSetting();
  test.cluster.onCall = (call) => {
    if (call !== `get ${CRD_CALL}`) return;
    const message = '"Foo" is already in use';
    const conditions = [{ type: "NamesAccepted", status: "False", message }];
    test.cluster.put(CRDS, definition({ conditions }));
  };
  assert.match(`${await make(test)}`, /: "Foo" is already in use$/);
});

Deno.test("removing waits until it is gone, and leaves another's alone", async () => {
  const own = setUpSetting();
  own.cluster.put(CRDS, definition());
  assert.equal(await remove(own), "removed");
  assert.deepEqual(own.cluster.keys(CRDS), []);
  for (const labels of [{}, labelsOf("r2")]) {
    const other = setUpSetting();
    other.cluster.put(CRDS, definition({ labels }));
    assert.equal(await remove(other), "removed");
    assert.deepEqual(other.cluster.keys(CRDS), [CRD_NAME]);
  }
  assert.equal(await remove(setUpSetting()), "removed");
  assert.deepEqual(own.said, []);
});

Deno.test("one that somebody made anew meanwhile is not waited for", async () => {
  const test = setUpSetting();
  const finalizers = ["customresourcecleanup.apiextensions.k8s.io"];
  test.cluster.put(CRDS, definition({ finalizers }));
  let looks = 0;
  test.cluster.onCall = (call) => {
    if (call !== `get ${CRD_CALL}` || ++looks !== 4) return;
    test.cluster.vanish(CRDS, { name: CRD_NAME });
    test.cluster.put(CRDS, definition({ labels: labelsOf("r1") }));
  };
  assert.equal(await remove(test, 2_000), "removed");
});

const HELD = {
  finalizers: ["customresourcecleanup.apiextensions.k8s.io"],
  conditions: [{
    type: "Terminating",
    status: "True",
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  }],
};
const HOLDS = "(finalizers customresourcecleanup.apiextensions.k8s.io; " +
  "Terminating: CustomResource deletion is in progress)";

Deno.test("one that is held is given up after 60 s, naming the holder and what frees it", async () => {
  const test = setUpSetting();
  test.cluster.put(CRDS, definition(HELD));
  test.cluster.put(FOOS, { metadata: { name: "a", finalizers: ["example.com/hold"] } });
  test.cluster.put(FOOS, { metadata: { name: "b" } });
  const error = await remove(test, 60_000);
  assert.ok(error instanceof LeftoverError);
  assert.equal(
    error.message,
    'CustomResourceDefinition "foos.example.com" is left: still Terminating after 1m0s ' +
      `${HOLDS}; foos.example.com "a" is held by finalizers example.com/hold; finish with: ` +
      `kubectl patch foos.example.com a --type=merge -p '{"metadata":{"finalizers":null}}'`,
  );
  assert.deepEqual(test.said, [
    `CustomResourceDefinition "foos.example.com" is not gone yet ${HOLDS}`,
  ]);
});

Deno.test("a removal that is cut off, or refused, says what is left", async () => {
  const cut = setUpSetting();
  cut.cluster.put(CRDS, definition(HELD));
  const ended = removeDefinition(cut.cluster, { ...cut.context, runId: "r1", defines: FOOS })
    .catch((thrown: unknown) => thrown);
  await cut.clock.advance(1_000);
  cut.controller.abort(new Error("time is over"));
  assert.equal(
    `${await ended}`,
    'LeftoverError: CustomResourceDefinition "foos.example.com" is left: cleaning up was cut ' +
      `off ${HOLDS}; finish with: kubectl delete crd foos.example.com`,
  );
  const refused = setUpSetting();
  refused.cluster.put(CRDS, definition());
  refused.cluster.fail("delete", statusError(403, "Forbidden"));
  assert.match(
    `${await remove(refused)}`,
    /is left: Forbidden; finish with: kubectl delete crd/,
  );
});
