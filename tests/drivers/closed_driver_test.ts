import assert from "node:assert/strict";
import { UsageError } from "../../core/errors.ts";
import { parseAnnotationTime, UPDATE_TIMESTAMP } from "../../kube/sample_log/times.ts";
import { CLOSED_FLAGS } from "../../drivers/flags.ts";
import { programDigest } from "../../drivers/parms.ts";
import { cmdriverclosedCommand } from "../../drivers/cmdriverclosed.ts";
import { ownerLabels } from "../../kube/owned/ownership.ts";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import { Driven, driverOf, settingsOf } from "./harness.ts";
import { recordingIo } from "../support/recording_io.ts";

const COMMAND = { command: "cmdriverclosed" } as const;

Deno.test("cmdriverclosed --dry-run says what it would do, and asks nobody", async () => {
  const { io, output } = recordingIo();
  const { values, shown } = settingsOf(CLOSED_FLAGS, { "dry-run": "true", "run-id": "r1" });
  const invocation = { command: "cmdriverclosed", values, shown, positionals: [], io };
  assert.equal(await cmdriverclosedCommand.run(invocation), 0);
  assert.equal(
    output.stdout,
    `command                      cmdriverclosed
run id                       r1
objects                      300 ConfigMaps of 100 B
kind                         ConfigMap (v1)
namespaces                   scaletest
writes of each object        create, update, delete
load                         closed, 1 worker, 900 writes at most 100/s in all, in turn
population                   about 99
duration                     9s at least
thresholds                   create.failed.count <= 0
                             update.failed.count <= 0
                             delete.failed.count <= 0
files                        r1-driver.csv
                             r1-driver.parms
permissions needed           create configmaps in namespace scaletest
                             patch configmaps in namespace scaletest
                             delete configmaps in namespace scaletest
                             list configmaps in namespace scaletest
permissions used if granted  get,create,delete namespaces for a namespace that is missing
                             list endpointslices.discovery.k8s.io in namespace default for connections past a load balancer
                             create,get,list,patch,delete leases.coordination.k8s.io in namespace scaletest for the run record
                             list flowschemas.flowcontrol.apiserver.k8s.io for the names of flow schemas
                             list prioritylevelconfigurations.flowcontrol.apiserver.k8s.io for the names of flow schemas
`,
  );
  assert.equal(output.stderr, "");
});

Deno.test("an object is made, updated and deleted as the original did it", async () => {
  const given = {
    n: "1",
    rate: "10",
    updates: "2",
    "create-value-length": "4",
    "update-value-length": "12",
  };
  await using driven = new Driven(given, COMMAND);
  assert.equal(await driven.finish(), 0, driven.conducted.stdout);
  const [, , , create, ...rest] = driven.cluster.writes;
  const { metadata, ...object } = create?.body as {
    metadata: { labels: unknown };
    [field: string]: unknown;
  };
  assert.deepEqual(object, { data: { foo: "XXXX" } });
  assert.deepEqual(metadata.labels, ownerLabels({ runId: "r1", command: "cmdriverclosed" }));
  assert.deepEqual(create?.options, { lane: 0, fieldManager: "cmdriverclosed" });
  const updates = rest.slice(0, 2).map(({ call, body, options }) => {
    const { metadata, data } = body as {
      metadata: { annotations: Record<string, string> };
      data: unknown;
    };
    assert.deepEqual(Object.keys(metadata.annotations), [UPDATE_TIMESTAMP]);
    const stampMs = parseAnnotationTime(metadata.annotations[UPDATE_TIMESTAMP] ?? "");
    return { call, data, options, stampMs };
  });
  const options = { type: "strategic", lane: 0, fieldManager: "cmdriverclosed" };
  const call = "patch configmaps scaletest/r1-1";
  const rows = driven.rows.filter(({ op }) => op === "update");
  assert.deepEqual(updates, [
    { call, data: { baz: "000000000001" }, options, stampMs: rows[0]?.beforeMs },
    { call, data: { baz: "000000000002" }, options, stampMs: rows[1]?.beforeMs },
  ]);
  assert.equal(rest[2]?.call, "delete configmaps scaletest/r1-1");
});

Deno.test("a hacked create carries run id and number, and no field manager", async () => {
  const given = { n: "2", rate: "10", updates: "0", "hack-create": "true", "name-pad-length": "2" };
  await using driven = new Driven(given, COMMAND);
  assert.equal(await driven.finish(), 0);
  const creates = driven.cluster.writes.filter(({ call }) => /^create configmaps/.test(call));
  assert.deepEqual(creates.slice(1).map(({ call, options }) => [call, options]), [
    ["create configmaps scaletest/r1-001", { lane: 0, query: { r: "r1", i: "1" } }],
    ["create configmaps scaletest/r1-002", { lane: 0, query: { r: "r1", i: "2" } }],
  ]);
});

Deno.test("names are as wide as the highest number, which threads may raise", () => {
  const name = (given: Record<string, string>) =>
    driverOf("cmdriverclosed", { "run-id": "r1", ...given }).driver.nameOf(7);
  assert.equal(name({ n: "9" }), "r1-7");
  assert.equal(name({ n: "9", threads: "4" }), "r1-07");
  assert.equal(name({ n: "300", "name-pad-length": "3" }), "r1-000007");
  assert.throws(() => name({ "name-pad-length": "300" }), UsageError);
});

Deno.test("--create-only leaves the objects after a run that ends by itself", async () => {
  const given = { n: "3", rate: "10", "create-only": "true" };
  await using driven = new Driven(given, COMMAND);
  assert.equal(await driven.finish(), 0, driven.conducted.stdout);
  assert.deepEqual(driven.cluster.keys(CONFIG_MAPS), [
    "scaletest/r1-1",
    "scaletest/r1-2",
    "scaletest/r1-3",
  ]);
  assert.match(driven.conducted.stderr, /^Left behind as asked; delete with: kubectl delete conf/m);
  await using interrupted = new Driven(given, COMMAND);
  await interrupted.clock.advance(250);
  interrupted.conducted.signal("SIGINT");
  assert.equal(await interrupted.finish(), 130);
  assert.deepEqual(interrupted.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("the model says how many workers, how many writes and at which pace", () => {
  const words = (given: Record<string, string>) => {
    const { model, expectedDuration, writes } = driverOf("cmdriverclosed", given).driver;
    return [model, expectedDuration, writes.join(" ")];
  };
  assert.deepEqual(words({ n: "10", threads: "4", rate: "0" }), [
    "closed, 4 workers, 30 writes as fast as it goes",
    "as the server can",
    "create update delete",
  ]);
  assert.deepEqual(words({ n: "10", rate: "0.5", updates: "0", "create-only": "true" }), [
    "closed, 1 worker, 10 writes at most 0.5/s in all, in turn",
    "20s at least",
    "create",
  ]);
});

Deno.test("connections go to the endpoints, but a single one to the configured server", () => {
  const connections = (conns: string) => driverOf("cmdriverclosed", { conns }).driver.connections;
  assert.deepEqual(connections("0"), { spread: "endpoints", count: 0 });
  assert.deepEqual(connections("1"), { spread: "configured", count: 1 });
  assert.deepEqual(connections("4"), { spread: "endpoints", count: 4 });
});

Deno.test("parameters are in the original's order and spelling", async () => {
  const given = { n: "1", rate: "2.5", kubeconfig: "/etc/k", "hack-create": "true" };
  await using driven = new Driven(given, COMMAND);
  await driven.finish();
  assert.equal(
    driven.text("r1-driver.parms"),
    `PROG_SHA256="${programDigest()}"
KUBECONFIG="/etc/k"
N=1
MAXPOP=100
CONNS=0
THREADS=1
RATE=2.5
UPDATES=1
NAME_PAD_LENGTH=0
HACK_CREATE=true
CREATE_VALUE_LENGTH=100
UPDATE_VALUE_LENGTH=100
DATAFILENAME="r1-driver.csv"
RUNID="r1"
SEED=7
CREATE_ONLY=false
ENDPOINTS="[https://10.0.0.1:6443 https://10.0.0.2:6443]"
`,
  );
});
