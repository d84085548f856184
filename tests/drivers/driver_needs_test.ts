import assert from "node:assert/strict";
import { driverNeeds } from "../../drivers/driver_needs.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { driverOf } from "./harness.ts";

type Given = Parameters<typeof driverOf>[1];

function needsOf(command: Parameters<typeof driverOf>[0], given: Given) {
  const { driver, values } = driverOf(command, given);
  return driverNeeds(driver, values);
}

Deno.test("an open driver sends each write at its rate, and its population varies with chance", () => {
  const { objects, requestsPerSec, connections } = needsOf("cmdriver", {
    lambda: "50",
    maxpop: "100",
    n: "1000",
    conns: "3",
  });
  assert.deepEqual(objects, [{ kind: CONFIG_MAPS, mostAtOnce: 140 }]);
  assert.deepEqual([requestsPerSec, connections], [100, 3]);
  assert.equal(needsOf("cmdriver", { clientlb: "true" }).connections, 1);
  const logged = { "with-logger": "true", namespace: ["a", "b"] };
  assert.deepEqual([needsOf("cmdriver", {}).watches, needsOf("cmdriver", logged).watches], [0, 2]);
  assert.equal(needsOf("cmdriver", { maxpop: "100", n: "10" }).objects?.[0]?.mostAtOnce, 10);
});

Deno.test("a closed driver has the population of its plan, and the server's own rate", () => {
  const needs = needsOf("cmdriverclosed", { n: "30", "create-only": "true", conns: "2" });
  assert.equal(needs.objects?.[0]?.mostAtOnce, 30);
  assert.deepEqual([needs.requestsPerSec, needs.connections], [null, 2]);
});

Deno.test("what a run can do without is asked only where its flags use it", () => {
  const comforts = (given: Given) =>
    needsOf("cmdriver", given).rights.flatMap(({ verb, kind, onlyFor }) =>
      onlyFor === undefined ? [] : [`${verb} ${kind.kind}`]
    );
  const always = [
    ...["create", "get", "list", "patch", "delete"].map((verb) => `${verb} Lease`),
    ...["list FlowSchema", "list PriorityLevelConfiguration"],
  ];
  assert.deepEqual(comforts({ "create-namespace": "false" }), always);
  assert.deepEqual(comforts({}), [
    ...["get Namespace", "create Namespace", "delete Namespace"],
    ...always,
  ]);
  assert.deepEqual(comforts({ "create-namespace": "false", clientlb: "true" }), [
    "list EndpointSlice",
    ...always,
  ]);
});
