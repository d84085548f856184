import assert from "node:assert/strict";
import { joinedNeeds } from "../../../kube/series/joined_needs.ts";
import type { ClusterNeeds } from "../../../kube/kubernetes_command.ts";
import { CONFIG_MAPS, SERVICES } from "../../../kube/resource.ts";

const NONE: ClusterNeeds = {
  rights: [],
  namespaces: [],
  createsNamespaces: false,
  requestsPerSec: 0,
  connections: 1,
  watches: 0,
};

Deno.test("a right that one of them cannot do without is needed, each once", () => {
  const right = { verb: "create", kind: SERVICES, namespace: "a" };
  const optional = { ...right, onlyFor: "a figure" };
  assert.deepEqual(
    joinedNeeds([
      { ...NONE, rights: [optional] },
      { ...NONE, rights: [right, { ...right, namespace: "b" }] },
      { ...NONE, rights: [optional] },
    ]).rights,
    [right, { ...right, namespace: "b" }],
  );
  assert.deepEqual(joinedNeeds([{ ...NONE, rights: [optional] }]).rights, [optional]);
});

Deno.test("one after another they have at a time what the largest of them has", () => {
  const { objects, watches, connections, otherSockets, requestsPerSec } = joinedNeeds([
    { ...NONE, objects: [{ kind: SERVICES, mostAtOnce: 5 }], watches: 3, requestsPerSec: 10 },
    {
      ...NONE,
      objects: [{ kind: SERVICES, mostAtOnce: 2 }, { kind: CONFIG_MAPS, mostAtOnce: 1 }],
      connections: 4,
      otherSockets: 7,
      requestsPerSec: 20,
    },
  ]);
  assert.deepEqual(objects, [
    { kind: SERVICES, mostAtOnce: 5 },
    { kind: CONFIG_MAPS, mostAtOnce: 1 },
  ]);
  assert.deepEqual([watches, connections, otherSockets, requestsPerSec], [3, 4, 7, 20]);
});

Deno.test("if the server decides how fast one of them asks, nobody knows how fast all do", () => {
  const { requestsPerSec } = joinedNeeds([
    { ...NONE, requestsPerSec: 10 },
    { ...NONE, requestsPerSec: null },
  ]);
  assert.equal(requestsPerSec, null);
});
