import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { asTable } from "../../../../sandbox/kubernetes/answers/forms.ts";
import { ageOf } from "../../../../sandbox/kubernetes/tables/table_columns.ts";
import { resourceOf } from "../fixtures.ts";

interface Table {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: unknown;
  readonly columnDefinitions: Record<string, unknown>[] | null;
  readonly rows: { cells: unknown[]; object: unknown }[];
}

const NOW = new Date("2026-11-21T16:40:53.900Z");
const CREATED = { creationTimestamp: "2026-11-21T16:40:51Z" };
const TEMPLATE = {
  spec: { containers: [{ name: "c", image: "i" }, { name: "d", image: "j" }] },
};

/** Resource, columns of kube-apiserver 1.36.3 (`+`: wide only), an object and its cells. */
const ROWS: readonly (readonly [
  resource: string,
  columns: string,
  object: Omit<KubeObject, "metadata">,
  cells: readonly unknown[],
])[] = [
  ["configmaps", "Name,Data,Age", { data: { a: "1" }, binaryData: { b: "eA==" } }, ["tb", 2, "2s"]],
  ["configmaps", "Name,Data,Age", {}, ["tb", 0, "2s"]],
  [
    "secrets",
    "Name,Type,Data,Age",
    { type: "Opaque", data: { a: "MQ==" } },
    ["tb", "Opaque", 1, "2s"],
  ],
  ["namespaces", "Name,Status,Age", { status: { phase: "Active" } }, ["tb", "Active", "2s"]],
  ["serviceaccounts", "Name,Age", {}, ["tb", "2s"]],
  [
    "leases.coordination.k8s.io",
    "Name,Holder,Age",
    { spec: { holderIdentity: "me" } },
    ["tb", "me", "2s"],
  ],
  [
    "services",
    "Name,Type,Cluster-IP,External-IP,Port(s),Age,+Selector",
    { spec: { type: "ClusterIP", clusterIP: "10.0.0.1", ports: [{ port: 443, protocol: "TCP" }] } },
    ["tb", "ClusterIP", "10.0.0.1", "<none>", "443/TCP", "2s", "<none>"],
  ],
  [
    "deployments.apps",
    "Name,Ready,Up-to-date,Available,Age,+Containers,+Images,+Selector",
    {
      spec: { replicas: 2, selector: { matchLabels: { b: "c", a: "b" } }, template: TEMPLATE },
      status: { updatedReplicas: 2 },
    },
    ["tb", "0/2", 2, 0, "2s", "c,d", "i,j", "a=b,b=c"],
  ],
  [
    "replicasets.apps",
    "Name,Desired,Current,Ready,Age,+Containers,+Images,+Selector",
    { spec: { template: TEMPLATE }, status: { replicas: 1, readyReplicas: 1 } },
    ["tb", 1, 1, 1, "2s", "c,d", "i,j", "<none>"],
  ],
  ["flunders.wardle.example.com", "Name,Created At", {}, ["tb", CREATED.creationTimestamp]],
  [
    "customresourcedefinitions.apiextensions.k8s.io",
    "Name,Created At",
    {},
    ["tb", CREATED.creationTimestamp],
  ],
  ["widgets.parts.test", "Name,Age", {}, ["tb", "2s"]],
];

const POD_COLUMNS = "Name,Ready,Status,Restarts,Age,+IP,+Node,+Nominated Node,+Readiness Gates";

const PODS: readonly (readonly [pod: object, cells: readonly unknown[]])[] = [
  [
    { spec: TEMPLATE.spec, status: { phase: "Pending" } },
    ["tb", "0/2", "Pending", "0", "2s", "<none>", "<none>", "<none>", "<none>"],
  ],
  [
    {
      spec: { ...TEMPLATE.spec, nodeName: "n" },
      status: {
        phase: "Running",
        podIP: "10.0.0.2",
        containerStatuses: [
          { ready: true, restartCount: 1 },
          {
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { finishedAt: "2026-11-21T16:40:00Z" } },
          },
        ],
      },
    },
    ["tb", "1/2", "CrashLoopBackOff", "3 (53s ago)", "2s", "10.0.0.2", "n", "<none>", "<none>"],
  ],
  [
    {
      spec: TEMPLATE.spec,
      status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] },
    },
    ["tb", "0/2", "ExitCode:3", "0", "2s", "<none>", "<none>", "<none>", "<none>"],
  ],
  [
    {
      metadata: { name: "tb", ...CREATED, deletionTimestamp: CREATED.creationTimestamp },
      spec: TEMPLATE.spec,
      status: { phase: "Running" },
    },
    ["tb", "0/2", "Terminating", "0", "2s", "<none>", "<none>", "<none>", "<none>"],
  ],
];

function tableOf(name: string, object: object, options: object = {}): Table {
  const resource = resourceOf(name);
  const whole = { metadata: { name: "tb", ...CREATED }, ...object };
  return asTable([whole], { resource, now: NOW, ...options }) as Table;
}

function columnText({ columnDefinitions }: Table): string {
  return columnDefinitions!.map(({ name, priority }) => priority === 1 ? `+${name}` : name).join();
}

Deno.test("each kind has the columns of the real server, and its values in them", () => {
  for (const [name, columns, object, cells] of ROWS) {
    const table = tableOf(name, object);
    assert.equal(columnText(table), columns, name);
    assert.deepEqual(table.rows[0]!.cells, cells, name);
  }
});

Deno.test("a pod's row says how it is", () => {
  for (const [pod, cells] of PODS) {
    const table = tableOf("pods", pod);
    assert.equal(columnText(table), POD_COLUMNS);
    assert.deepEqual(table.rows[0]!.cells, cells);
  }
});

Deno.test("the first column is the name; kinds without columns of their own have a date", () => {
  assert.deepEqual(tableOf("flunders.wardle.example.com", {}).columnDefinitions, [
    { name: "Name", type: "string", format: "name", description: "", priority: 0 },
    { name: "Created At", type: "date", format: "", description: "", priority: 0 },
  ]);
  assert.equal(tableOf("widgets.parts.test", {}).columnDefinitions![1]!["type"], "date");
});

Deno.test("a table carries the version of its list, or of its only object", () => {
  const { kind, apiVersion, metadata } = tableOf("configmaps", {
    metadata: { name: "a", resourceVersion: "7" },
  });
  assert.deepEqual([kind, apiVersion, metadata], ["Table", "meta.k8s.io/v1", {
    resourceVersion: "7",
  }]);
  const list = { resourceVersion: "9", continue: "x" };
  assert.deepEqual(tableOf("configmaps", {}, { list }).metadata, list);
});

Deno.test("a row carries as much of its object as is asked for", () => {
  const object = { metadata: { name: "a" }, data: {} };
  const rowWith = (includeObject?: string) =>
    tableOf("configmaps", object, includeObject === undefined ? {} : { includeObject })
      .rows[0]!.object;
  const partial = {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: { name: "a" },
  };
  assert.deepEqual(rowWith(), partial);
  assert.deepEqual(rowWith("Metadata"), partial);
  assert.deepEqual(rowWith("Object"), object);
  assert.equal(rowWith("None"), null);
});

Deno.test("the columns are described once per watch", () => {
  assert.equal(tableOf("configmaps", {}, { hasColumns: false }).columnDefinitions, null);
});

Deno.test("an age is counted from a time, if there is one", () => {
  const now = new Date("2030-01-01T00:00:00Z");
  assert.equal(ageOf("2029-12-31T23:57:59Z", now), "2m1s");
  assert.equal(ageOf(undefined, now), "<unknown>");
});
