import assert from "node:assert/strict";
import { driverNeeds, drySections } from "../../drivers/driver.ts";
import { planOnSession } from "../../kube/conduct_on_cluster.ts";
import { LIFE_MEASURES } from "../../kube/http/life_guard.ts";
import { STREAM_MEASURES } from "../../kube/http/stream_waits.ts";
import { POPULATION_GAUGES, runPlanOf } from "../../drivers/drive.ts";
import { formatPermission, permissionsOf } from "../../kube/server/access.ts";
import { ownerLabels } from "../../kube/owned/ownership.ts";
import { CONFIG_MAPS, FLUNDERS, type Resource } from "../../kube/resource.ts";
import { KUBERNETES_REASONS } from "../../kube/status_error.ts";
import { MemoryCluster } from "../support/memory_cluster.ts";
import { Driven, driverOf } from "./harness.ts";
import { observing } from "./observing.ts";

const IDENTITY = { runId: "r1", command: "cmdriver" };

type Given = Parameters<typeof driverOf>[1];

Deno.test("a run's labels and time stamp go over an object's own, and its other fields stay", async () => {
  const template = {
    metadata: {
      labels: { app: "demo", purpose: "mine" },
      annotations: { note: "kept", "scaletest/createTimestamp": "never" },
      finalizers: [],
    },
    data: { a: "1" },
  };
  await using driven = new Driven({ n: "1", ttl: "1s" }, { driver: { make: () => template } });
  assert.equal(await driven.finish(), 0, driven.conducted.stdout);
  const sent = driven.cluster.writes.filter(({ call }) => call.startsWith("create configmaps"));
  const { metadata, ...rest } = sent[1]?.body as typeof template & {
    metadata: { annotations: Record<string, string> };
  };
  const { "scaletest/createTimestamp": stamp, ...annotations } = metadata.annotations;
  assert.deepEqual({ ...metadata, annotations }, {
    name: "r1-1",
    namespace: "scaletest",
    labels: { app: "demo", ...ownerLabels(IDENTITY) },
    annotations: { note: "kept" },
    finalizers: [],
  });
  assert.deepEqual(rest, { data: { a: "1" } });
  assert.match(stamp ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d{4}$/);
  assert.deepEqual(template.metadata.labels, { app: "demo", purpose: "mine" });
});

Deno.test("namespaces take turns, and all of them are cleaned", async () => {
  await using driven = new Driven({ n: "5", rate: "10/s", ttl: "1m", namespace: ["a", "b"] });
  await driven.clock.advance(2_000);
  driven.conducted.signal("SIGINT");
  assert.equal(await driven.finish(), 130);
  const places = driven.rows.map(({ namespace, name }) => `${namespace}/${name}`);
  assert.deepEqual(places, ["a/r1-1", "b/r1-2", "a/r1-3", "b/r1-4", "a/r1-5"]);
  assert.deepEqual(driven.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("a template is told which object it makes, and no namespace where there is none", async () => {
  const widgets: Resource = {
    group: "",
    version: "v1",
    plural: "widgets",
    kind: "Widget",
    namespaced: false,
  };
  for (
    const [resource, place] of [[CONFIG_MAPS, { namespace: "scaletest" }], [widgets, {}]] as const
  ) {
    const places: unknown[] = [];
    const make = ({ stamp: _, ...rest }: { stamp: string }) => {
      places.push(rest);
      return { metadata: {} };
    };
    await using driven = new Driven({ n: "1", ttl: "1s" }, { resource, driver: { make } });
    assert.equal(await driven.finish(), 0);
    assert.deepEqual(places[1], { name: "r1-1", index: 1, ...place });
  }
});

Deno.test("the plan for the report says where the load goes and what must hold", () => {
  const given = { rate: "50/s", "run-id": "r1", waitBeforeTerminate: "3s" };
  const { driver, values } = driverOf("cmdriver", given);
  const session = {
    cluster: new MemoryCluster(),
    flow: { flush() {}, reset() {} },
    waits: { flush() {} },
    life: { flush() {}, finish: () => Promise.resolve() },
    servers: [],
    facts: { user: "me" },
    warnings: [{ code: "relayed", message: "slow" }],
    target: { server: "https://10.0.0.1:6443" },
  };
  const plan = planOnSession(
    session,
    runPlanOf(driver, { values, identity: IDENTITY, resource: CONFIG_MAPS, session }),
  );
  const { instrument: _, groundwork: __, measures, reasons, ...rest } = plan;
  assert.deepEqual(reasons, KUBERNETES_REASONS);
  assert.deepEqual(measures, {
    counters: LIFE_MEASURES.counters,
    others: [
      ...["create", "delete", ...POPULATION_GAUGES, "requests"],
      ...[...LIFE_MEASURES.others, ...STREAM_MEASURES.others],
    ],
  });
  assert.deepEqual(rest, {
    target: "https://10.0.0.1:6443, namespace scaletest",
    model: "open, constant:50/s, each object lives 2s",
    targetRatePerSec: 50,
    changes: { ratePerSec: 50 },
    defaultThresholds: ["create.failed.count <= 0", "delete.failed.count <= 0"],
    mainOperation: "create",
    isDivisible: true,
    facts: { user: "me", objects: "300 ConfigMaps of 2 kB" },
    warnings: [{ code: "relayed", message: "slow" }],
    lingerMs: 3_000,
  });
});

const PERMISSIONS: [command: Parameters<typeof driverOf>[0], given: Given, verbs: string[]][] = [
  ["cmdriver", {}, ["create", "delete", "list"]],
  ["cmdriver", { "with-logger": "true" }, ["create", "delete", "list", "watch"]],
  ["cmdriver", { duration: "10s", ttl: "10s" }, ["create", "delete", "list"]],
  ["flunder-driver", {}, ["create", "delete", "list"]],
  ["cmdriverclosed", {}, ["create", "patch", "delete", "list"]],
  ["cmdriverclosed", { updates: "0" }, ["create", "delete", "list"]],
  ["cmdriverclosed", { "create-only": "true" }, ["create", "patch", "delete", "list"]],
];

for (const [command, given, verbs] of PERMISSIONS) {
  Deno.test(`${command} ${JSON.stringify(given)} needs ${verbs.join(", ")}, in each namespace`, () => {
    const { startLogger } = observing();
    const { driver, values } = driverOf(command, { ...given, namespace: ["a", "b"] }, startLogger);
    const { kind } = driver;
    const rights = driverNeeds(driver, values).rights.filter((right) => right.kind === kind);
    const resource = command === "flunder-driver" ? FLUNDERS : CONFIG_MAPS;
    const name = command === "flunder-driver" ? "flunders.wardle.example.com" : "configmaps";
    assert.deepEqual(
      permissionsOf(rights, () => resource).map(formatPermission),
      ["a", "b"].flatMap((namespace) =>
        verbs.map((verb) => `${verb} ${name} in namespace ${namespace}`)
      ),
    );
    const clusterScoped = { ...resource, namespaced: false };
    assert.deepEqual(
      permissionsOf(rights, () => clusterScoped).map(formatPermission),
      verbs.map((verb) => `${verb} ${name}`),
    );
  });
}

for (
  const [kind, plural] of [["Widget", "widgets"], ["Policy", "policies"], ["Ingress", "ingresses"]]
) {
  Deno.test(`a dry run takes ${plural} for the resource of kind ${kind}`, () => {
    const { driver, values } = driverOf("cmdriver", { "create-namespace": "false" });
    const unknown = { ...driver, kind: { apiVersion: "example.com/v1", kind: kind! } };
    const sections = drySections(unknown, { values, identity: IDENTITY });
    const section = (title: string) => sections.find((one) => one.title === title)?.value;
    assert.equal(section("kind"), `${kind} (example.com/v1)`);
    assert.deepEqual(section("permissions needed"), [
      `create ${plural}.example.com in namespace scaletest`,
      `delete ${plural}.example.com in namespace scaletest`,
      `list ${plural}.example.com in namespace scaletest`,
    ]);
  });
}

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
