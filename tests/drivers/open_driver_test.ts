import assert from "node:assert/strict";
import { CannotRunError, UsageError } from "../../core/errors.ts";
import { CREATE_TIMESTAMP } from "../../kube/sample_log/times.ts";
import { CMDRIVER_FLAGS, OPEN_FLAGS } from "../../drivers/flags.ts";
import { cmdriverCommand } from "../../drivers/cmdriver.ts";
import { flunderDriverCommand } from "../../drivers/flunder_driver.ts";
import { withMetricPort } from "../../drivers/open_driver.ts";
import { CONFIG_MAPS, FLUNDERS } from "../../kube/resource.ts";
import { TempDir } from "../support/scaletool.ts";
import { Driven, driverOf, settingsOf } from "./harness.ts";
import { observing } from "./observing.ts";
import { recordingIo } from "../support/recording_io.ts";

Deno.test("cmdriver --dry-run says what it would do, and asks nobody", async () => {
  const { io, output } = recordingIo();
  const given = { "dry-run": "true", "run-id": "r1", lambda: "5", n: "300", maxpop: "50" };
  const { values, shown } = settingsOf(CMDRIVER_FLAGS, given);
  const invocation = { command: "cmdriver", values, shown, positionals: [], io };
  assert.equal(await cmdriverCommand(observing().startLogger).run(invocation), 0);
  assert.equal(
    output.stdout,
    `command                      cmdriver
run id                       r1
objects                      300 ConfigMaps of 2 kB
kind                         ConfigMap (v1)
namespaces                   scaletest
writes of each object        create, delete
load                         open, poisson:5/s, each object lives 10s
population                   about 50
duration                     1m0s of arrivals, and 10s until the last is deleted
thresholds                   create.failed.count <= 0
                             delete.failed.count <= 0
files                        r1-driver.csv
                             r1-driver.parms
permissions needed           create configmaps in namespace scaletest
                             delete configmaps in namespace scaletest
                             list configmaps in namespace scaletest
permissions used if granted  get,create,delete namespaces for a namespace that is missing
                             create,get,list,patch,delete leases.coordination.k8s.io in namespace scaletest for the run record
                             list flowschemas.flowcontrol.apiserver.k8s.io for the names of flow schemas
                             list prioritylevelconfigurations.flowcontrol.apiserver.k8s.io for the names of flow schemas
`,
  );
  assert.equal(output.stderr, "");
});

Deno.test("flunder-driver --dry-run as JSON", async () => {
  const { io, output } = recordingIo();
  const { values, shown } = settingsOf(OPEN_FLAGS, {
    "dry-run": "true",
    output: "json",
    "run-id": "r1",
    namespace: ["a", "b"],
    rate: "20/s",
    duration: "30s",
    ttl: "1m",
    "with-logger": "true",
    "create-namespace": "false",
  });
  const invocation = { command: "flunder-driver", values, shown, positionals: [], io };
  assert.equal(await flunderDriverCommand(observing().startLogger).run(invocation), 0);
  assert.deepEqual(JSON.parse(output.stdout), {
    command: "flunder-driver",
    runId: "r1",
    objects: "any number of Flunders",
    kind: "Flunder (wardle.example.com/v1alpha1)",
    namespaces: "a, b",
    writesOfEachObject: "create",
    thresholds: ["create.failed.count <= 0"],
    load: "open, constant:20/s, each object lives 1m0s",
    population: "about 1200",
    duration: "30s, then what is left is deleted",
    files: ["r1-driver.csv", "r1-driver.parms"],
    permissionsNeeded: ["a", "b"].flatMap((namespace) =>
      ["create", "delete", "list", "watch"].map((verb) =>
        `${verb} flunders.wardle.example.com in namespace ${namespace}`
      )
    ),
    permissionsUsedIfGranted: [
      "create,get,list,patch,delete leases.coordination.k8s.io in namespace a for the run record",
      "list flowschemas.flowcontrol.apiserver.k8s.io for the names of flow schemas",
      "list prioritylevelconfigurations.flowcontrol.apiserver.k8s.io for the names of flow schemas",
    ],
  });
});

Deno.test("without --dry-run a cluster is needed", async () => {
  const { io, output } = recordingIo();
  const { values, shown } = settingsOf(CMDRIVER_FLAGS, { kubeconfig: "/no/such/kubeconfig" });
  const invocation = { command: "cmdriver", values, shown, positionals: [], io };
  await assert.rejects(cmdriverCommand(observing().startLogger).run(invocation), CannotRunError);
  assert.deepEqual(output, { stdout: "", stderr: "" });
});

Deno.test("--metricport is all interfaces, and gives way to --metrics-addr", () => {
  const address = (given: Record<string, string>) =>
    withMetricPort(settingsOf(CMDRIVER_FLAGS, given).values)["metrics-addr"];
  assert.equal(address({}), undefined);
  assert.equal(address({ metricport: "9376" }), "0.0.0.0:9376");
  assert.equal(address({ metricport: "9376", "metrics-addr": ":9000" }), ":9000");
});

Deno.test("values that follow from others are told by flag, and what has no effect is left out", () => {
  const derived = (given: Record<string, string>) => driverOf("cmdriver", given).driver.derived;
  const defaults = derived({});
  assert.deepEqual(defaults, { n: 300, ttl: 100_000, lambda: 1, "metrics-addr": undefined });
  const endless = derived({ rate: "10/s", duration: "1m", metricport: "9376" });
  assert.deepEqual(endless, {
    n: undefined,
    ttl: 10_000,
    lambda: undefined,
    "metrics-addr": undefined,
  });
});

const DURATIONS: [given: Record<string, string>, text: string][] = [
  [{}, "5m0s of arrivals, and 1m40s until the last is deleted"],
  [{ lambda: "5", n: "10", maxpop: "50" }, "2s of arrivals, and 10s until the last is deleted"],
  [{ rate: "step:1/s@10s", ttl: "5s" }, "10s of arrivals, and 5s until the last is deleted"],
  [{ duration: "1m", ttl: "5s" }, "1m0s, then what is left is deleted"],
  [{ duration: "1m", warmup: "10s", ttl: "5s" }, "1m10s, then what is left is deleted"],
  [
    { duration: "1m", n: "10", ttl: "5s" },
    "10s of arrivals, and 5s until the last is deleted",
  ],
  [{ duration: "1m", n: "55", ttl: "5s" }, "1m0s, then what is left is deleted"],
];

for (const [given, text] of DURATIONS) {
  Deno.test(`${JSON.stringify(given)} takes ${text}`, () => {
    assert.equal(driverOf("cmdriver", given).driver.expectedDuration, text);
  });
}

Deno.test("objects that outlive the load have no measured delete", () => {
  const writes = (given: Record<string, string>) => driverOf("cmdriver", given).driver.writes;
  assert.deepEqual(writes({ ttl: "10s" }), ["create", "delete"]);
  assert.deepEqual(writes({ ttl: "10s", duration: "11s" }), ["create", "delete"]);
  assert.deepEqual(writes({ ttl: "10s", duration: "10s" }), ["create"]);
  assert.deepEqual(writes({ ttl: "10s", duration: "10s", warmup: "1s" }), ["create", "delete"]);
});

Deno.test("names are as wide as the highest number needs", () => {
  const name = (given: Record<string, string>) =>
    driverOf("cmdriver", { "run-id": "r1", ...given }).driver.nameOf(7);
  assert.equal(name({}), "r1-007");
  assert.equal(name({ n: "7" }), "r1-7");
  assert.equal(name({ n: "1000" }), "r1-0007");
  assert.equal(name({ rate: "50/s", duration: "10s" }), "r1-0007");
  assert.equal(name({ rate: "50/s", duration: "10s", n: "10" }), "r1-07");
});

Deno.test("a ConfigMap holds as many zeros as asked, a Flunder an empty spec", () => {
  const place = { name: "r1-1", namespace: "a", index: 1, stamp: "now" };
  const { driver } = driverOf("cmdriver", { datalen: "5" });
  assert.deepEqual(driver.make(place), { metadata: {}, data: { key1: "00000" } });
  assert.deepEqual([driver.kind, driver.objects], [CONFIG_MAPS, "300 ConfigMaps of 5 B"]);
  const { driver: flunders } = driverOf("flunder-driver", {});
  assert.deepEqual(flunders.make(place), { metadata: {}, spec: {} });
  assert.deepEqual([flunders.kind, flunders.objects], [FLUNDERS, "300 Flunders"]);
});

Deno.test("parameters are in the originals' order and spelling", async () => {
  const given = { lambda: "0.5", n: "2", rate: "10/s", ttl: "1s", datafile: "{{.RunID}}.csv" };
  await using driven = new Driven(given);
  await driven.finish();
  assert.equal(
    driven.text("r1-driver.parms"),
    `KUBECONFIG=""
LAMBDA=0.5
N=2
MAXPOP=100
DATALEN=2000
DATEFILENAME="r1.csv"
RUNID="r1"
SEED=7
`,
  );
  assert.equal(driven.text("r1.csv").split("\n").length, 6);
  const { driver } = driverOf("flunder-driver", { "run-id": "r1", seed: "7", kubeconfig: "k" });
  assert.deepEqual([...driver.parms({ servers: [], dataFile: "r1-driver.csv" })], [
    ["KUBECONFIG", "k"],
    ["LAMBDA", { float: 1 }],
    ["N", 300],
    ["MAXPOP", 100],
    ["DATEFILENAME", "r1-driver.csv"],
    ["RUNID", "r1"],
    ["SEED", 7],
  ]);
});

Deno.test("the seed written down gives the same arrivals and the same endpoints again", async () => {
  const arrivalsOf = async (seed: string) => {
    await using driven = new Driven({ n: "20", lambda: "10", ttl: "1s", seed });
    await driven.finish();
    return driven.rows.map(({ beforeMs }) => beforeMs);
  };
  assert.deepEqual(await arrivalsOf("3"), await arrivalsOf("3"));
  assert.notDeepEqual(await arrivalsOf("3"), await arrivalsOf("4"));
  const endpointsOf = (seed: string) => {
    const { connections } = driverOf("cmdriver", { clientlb: "true", seed }).driver;
    assert.deepEqual([connections.spread, connections.count], ["endpoints", 0]);
    return Array.from({ length: 20 }, () => connections.random?.integerBelow(5));
  };
  assert.deepEqual(endpointsOf("3"), endpointsOf("3"));
  assert.notDeepEqual(endpointsOf("3"), endpointsOf("4"));
  assert.deepEqual(driverOf("cmdriver", {}).driver.connections, { spread: "configured" });
});

Deno.test("objects of another kind are made from a template, and carry the run's stamp", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(
    dir.file("widget.yaml"),
    `apiVersion: example.com/v1
kind: Widget
metadata: {labels: {app: demo}}
spec: {of: "{{.RunID}} {{.Index}} in {{.Namespace}}", at: "{{.Timestamp}}"}
`,
  );
  const { driver } = driverOf("cmdriver", { kind: dir.file("widget.yaml"), "run-id": "r1" });
  assert.deepEqual(driver.kind, { apiVersion: "example.com/v1", kind: "Widget" });
  assert.equal(driver.objects, `300 Widget objects as in ${dir.file("widget.yaml")}`);
  await using driven = new Driven({ n: "1", ttl: "1s" }, {
    resource: { ...CONFIG_MAPS, group: "example.com", plural: "widgets", kind: "Widget" },
    driver: { make: driver.make },
  });
  assert.equal(await driven.finish(), 0);
  const { metadata, spec } = driven.cluster.writes[2]?.body as {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    spec: Record<string, string>;
  };
  assert.equal(metadata.labels["app"], "demo");
  assert.deepEqual(spec, {
    of: "r1 1 in scaletest",
    at: metadata.annotations[CREATE_TIMESTAMP],
  });
});

Deno.test("a template that cannot be read or used is one line", async () => {
  await using dir = new TempDir();
  const missing = dir.file("no-such.yaml");
  assert.throws(() => driverOf("cmdriver", { kind: missing }), (error: Error) => {
    assert.ok(error instanceof CannotRunError);
    return error.message.startsWith(`--kind: cannot read "${missing}": `);
  });
  Deno.writeTextFileSync(missing, "kind: Widget\n");
  assert.throws(() => driverOf("cmdriver", { kind: missing }), UsageError);
});

Deno.test("the logger runs beside the load only if it is asked for", () => {
  const { startLogger } = observing();
  const { driver } = driverOf("cmdriver", { "with-logger": "true" }, startLogger);
  assert.equal(driver.startLogger, startLogger);
  assert.equal(driverOf("cmdriver", {}, startLogger).driver.startLogger, undefined);
});
