import assert from "node:assert/strict";
import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import { LABELS_OF_R1, observing } from "./observing.ts";
import { CONFIG_MAPS, NAMESPACES } from "../../kube/resource.ts";
import { StatusError } from "../../kube/status_error.ts";
import { MemoryCluster, statusError } from "../support/memory_cluster.ts";
import { Driven } from "./harness.ts";

const SELECTOR = "app.kubernetes.io/managed-by=scaletool,scaletool.io/run-id=r1";
const BY_HAND = `kubectl delete configmaps -n scaletest -l ${SELECTOR}`;
/** Five objects, 0.1 s apart, each for 0.35 s. */
const SHORT = { rate: "10/s", n: "5", ttl: "350ms" };

function withNamespace(name = "scaletest"): MemoryCluster {
  const cluster = new MemoryCluster();
  cluster.put(NAMESPACES, { metadata: { name } });
  return cluster;
}

/** What it rejects with, before any load. */
async function refusal(driven: Driven): Promise<string> {
  const error = await driven.finish().then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof CannotRunError, String(error));
  assert.doesNotMatch(error.message, /\n/);
  return error.message;
}

Deno.test("a run gets ready, puts its load on, and leaves nothing behind", async () => {
  await using driven = new Driven(SHORT);
  assert.equal(await driven.finish(), 0, driven.conducted.stderr);
  const { calls } = driven.cluster;
  assert.deepEqual(calls.slice(0, 6), [
    "get namespaces scaletest",
    "get namespaces scaletest",
    "create namespaces scaletest",
    "create leases.coordination.k8s.io scaletest/scaletool-run-r1",
    "create configmaps scaletest/r1-1", // dry run
    "create configmaps scaletest/r1-1",
  ]);
  assert.deepEqual(driven.cluster.writes[2]?.options, { query: { dryRun: "All" } });
  assert.deepEqual(driven.cluster.keys(CONFIG_MAPS), []);
  assert.deepEqual(driven.cluster.keys(NAMESPACES), []);
  assert.deepEqual(driven.rows.map(({ op, name }) => `${op} ${name}`), [
    "create r1-1",
    "create r1-2",
    "create r1-3",
    "create r1-4",
    "delete r1-1",
    "create r1-5",
    "delete r1-2",
    "delete r1-3",
    "delete r1-4",
    "delete r1-5",
  ]);
  const { report } = driven.conducted;
  assert.deepEqual(report.end, { reason: "limit", atMs: 750 });
  assert.deepEqual(report.warnings, []);
  assert.match(
    driven.conducted.stderr,
    /^writes go to r1-driver.csv, parameters are in r1-driver.parms$/m,
  );
});

Deno.test("--csv-dialect=go writes rows as the original did, without a header", async () => {
  await using driven = new Driven({ ...SHORT, "csv-dialect": "go" });
  await driven.finish();
  const lines = driven.text("r1-driver.csv").trimEnd().split("\n");
  assert.equal(lines.length, 10);
  for (const line of lines) assert.match(line, /^[-\d :.]{23},[-\d :.]{23},\w+,"r1-\d",""$/);
});

Deno.test("rows are on disk while the load goes on", async () => {
  await using driven = new Driven({ rate: "10/s", ttl: "1m" });
  await driven.clock.advance(2_050);
  const lines = driven.text("r1-driver.csv").split("\n");
  assert.ok(lines.length >= 20, `${lines.length} lines`);
  driven.conducted.signal("SIGINT");
  await driven.finish();
});

Deno.test("what getting ready asked of the server is no load", async () => {
  const order: string[] = [];
  const flow = { reset: () => order.push("reset"), flush: () => order.push("flush") };
  const cluster = new MemoryCluster();
  cluster.onCall = (call) => void order.push(call);
  await using driven = new Driven({ ...SHORT, n: "1" }, { cluster, flow });
  await driven.finish();
  const reset = order.indexOf("reset");
  assert.equal(order[reset - 1], "create configmaps scaletest/r1-1");
  assert.equal(order[reset + 1], "create configmaps scaletest/r1-1");
  const firstOfCleaning = order.findIndex((call) => call.startsWith("list"));
  assert.equal(order.lastIndexOf("flush"), firstOfCleaning - 1);
  assert.equal(order.lastIndexOf("reset"), reset);
});

Deno.test("an observer sees all of the load: it is started before, and stopped once it is quiet", async () => {
  const { startLogger, events, options } = observing();
  await using driven = new Driven({ ...SHORT, "with-logger": "true" }, { startLogger });
  await driven.finish();
  assert.deepEqual(events, [
    "started, begun false",
    "quiet for 500 ms, ended limit",
    "stopped",
  ]);
  const [{ namespaces, labelSelector, resource }] = options as [typeof options[0]];
  assert.deepEqual([namespaces, labelSelector, resource], [["scaletest"], SELECTOR, CONFIG_MAPS]);
});

Deno.test("an observer that cannot start is one line, and there is no load", async () => {
  const startLogger = () => Promise.reject(statusError(403, "Forbidden"));
  await using driven = new Driven({ ...SHORT, "with-logger": "true" }, { startLogger });
  assert.equal(await refusal(driven), "The server does not let the load begin: Forbidden");
  assert.equal(driven.cluster.writes.filter(({ call }) => /configmaps/.test(call)).length, 1);
});

Deno.test("a run that is interrupted deletes what lives, and measures none of it", async () => {
  await using driven = new Driven({ rate: "10/s", ttl: "1m" });
  await driven.clock.advance(1_050);
  driven.conducted.signal("SIGINT");
  assert.equal(await driven.finish(), 130);
  assert.ok(driven.rows.length === 11 && driven.rows.every(({ op }) => op === "create"));
  assert.deepEqual(driven.cluster.keys(CONFIG_MAPS), []);
  assert.equal(driven.conducted.report.summary.operations.some(({ op }) => op === "delete"), false);
  const { calls } = driven.cluster;
  assert.ok(calls.indexOf("delete namespaces scaletest") > calls.lastIndexOf("delete configmaps"));
});

Deno.test("--duration ends the load, and what lives then is deleted without being measured", async () => {
  const flags = { rate: "10/s", duration: "1s", ttl: "10s", keep: "on-failure" };
  await using driven = new Driven(flags);
  assert.equal(await driven.finish(), 0, driven.conducted.stdout);
  assert.deepEqual(driven.conducted.report.end, { reason: "duration", atMs: 1_000 });
  assert.ok(driven.rows.every(({ op }) => op === "create"));
  assert.deepEqual(driven.cluster.keys(CONFIG_MAPS), []);
});

Deno.test("a run that is stopped while it gets ready ends without a word of its own", async () => {
  const cluster = new MemoryCluster();
  cluster.fail("create", statusError(429, "TooManyRequests", 5_000), { on: "configmaps" });
  await using driven = new Driven(SHORT, { cluster });
  await driven.clock.advance(100);
  driven.conducted.signal("SIGTERM");
  assert.equal(await driven.finish(), 143);
  assert.deepEqual(cluster.keys(NAMESPACES), []);
  assert.equal(driven.text("r1-driver.csv").split("\n").length, 2);
});

Deno.test("getting ready is retried where the server asks for it", async () => {
  const cluster = new MemoryCluster();
  cluster.fail("create", statusError(429, "TooManyRequests", 1_000), { on: "configmaps" });
  await using driven = new Driven({ ...SHORT, "on-429": "abort" }, { cluster });
  assert.equal(await driven.finish(), 0);
  assert.deepEqual(driven.conducted.report.warnings, []);
});

Deno.test("an object that the server does not take is one line, and nothing is left", async () => {
  const cluster = new MemoryCluster();
  const message = 'admission webhook "policy.example.com" denied the request: no load tests';
  const denied = new StatusError({ kind: "Status", reason: "Forbidden", message }, { code: 403 });
  cluster.fail("create", denied, { on: "configmaps" });
  await using driven = new Driven(SHORT, { cluster });
  assert.equal(await refusal(driven), `The server does not let the load begin: ${message}`);
  assert.deepEqual([...cluster.keys(NAMESPACES), ...cluster.keys(CONFIG_MAPS)], []);
});

Deno.test("a namespace that may not be made, or a server that is gone, is one line too", async () => {
  const cluster = new MemoryCluster();
  cluster.fail("create", statusError(403, "Forbidden"), { on: "namespaces" });
  await using driven = new Driven(SHORT, { cluster });
  assert.equal(await refusal(driven), "The server does not let the load begin: Forbidden");
  const gone = new MemoryCluster();
  gone.fail("get", new OperationFailedError("dns", "Cannot resolve host"), { times: Infinity });
  await using second = new Driven(SHORT, { cluster: gone });
  assert.equal(
    await refusal(second),
    "The server does not let the load begin: Cannot resolve host",
  );
});

Deno.test("a run whose id is taken says so, and leaves the other run's objects alone", async () => {
  const cluster = new MemoryCluster();
  cluster.put(NAMESPACES, { metadata: { name: "scaletest", labels: LABELS_OF_R1 } });
  cluster.put(CONFIG_MAPS, {
    metadata: { name: "r1-1", namespace: "scaletest", labels: LABELS_OF_R1 },
  });
  await using driven = new Driven(SHORT, { cluster });
  assert.equal(
    await refusal(driven),
    'Objects of a run "r1" are there already; choose another --run-id, ' +
      `or delete them with: ${BY_HAND}`,
  );
  assert.deepEqual(cluster.keys(CONFIG_MAPS), ["scaletest/r1-1"]);
  assert.deepEqual(cluster.keys(NAMESPACES), ["scaletest"]);
  assert.equal(cluster.calls.filter((call) => call.startsWith("delete configmaps")).length, 0);
});

Deno.test("a namespace that was there stays", async () => {
  const cluster = withNamespace();
  await using driven = new Driven(SHORT, { cluster });
  assert.equal(await driven.finish(), 0);
  assert.deepEqual(cluster.keys(NAMESPACES), ["scaletest"]);
});

Deno.test("a namespace that is missing is not made with --create-namespace=false", async () => {
  await using driven = new Driven({ ...SHORT, "create-namespace": "false" });
  assert.match(await refusal(driven), /^Cannot find namespace "scaletest"; make it with: /);
});

for (
  const [what, path, flags] of [
    ["CSV", "no/such/folder.csv", { datafile: "no/such/folder.csv" }],
    ["parameter file", "r1-driver.parms", {}],
  ] as const
) {
  Deno.test(`a ${what} that cannot be written ends the run before any request`, async () => {
    await using driven = new Driven({ ...SHORT, ...flags });
    Deno.mkdirSync(driven.dir.file("r1-driver.parms"));
    const message = await refusal(driven);
    assert.ok(message.startsWith(`Cannot write to "${path}": `), message);
    assert.deepEqual(driven.cluster.calls, []);
  });
}

Deno.test("a second start of the same run leaves the files of the first as they are", async () => {
  await using first = new Driven(SHORT);
  await first.finish();
  const [rows, parms] = ["r1-driver.csv", "r1-driver.parms"].map((name) => first.text(name));
  await using second = new Driven({ ...SHORT, datafile: first.dir.file("r1-driver.csv") });
  assert.match(await refusal(second), /r1-driver\.csv": it is there already; .* --overwrite$/);
  assert.deepEqual(second.cluster.calls, []);
  assert.equal(first.text("r1-driver.csv"), rows);
  assert.equal(first.text("r1-driver.parms"), parms);
});

Deno.test("a start that the server refuses leaves no files in the way of the next", async () => {
  await using driven = new Driven({ ...SHORT, "create-namespace": "false", datafile: "mine.csv" });
  await refusal(driven);
  assert.deepEqual([...Deno.readDirSync(driven.dir.path)].filter(({ isFile }) => isFile), []);
});

Deno.test("--overwrite writes over files, and parameters follow the data file", async () => {
  await using driven = new Driven({ ...SHORT, datafile: "data/mine.csv", overwrite: "true" });
  Deno.mkdirSync("data");
  Deno.writeTextFileSync("data/mine.csv", "before");
  assert.equal(await driven.finish(), 0);
  assert.match(driven.text("data/mine.csv"), /^tBefore,/);
  assert.match(driven.text("data/r1-driver.parms"), /^[A-Z]+=/);
});

Deno.test({
  name: "a disk that takes no more rows is a warning, and the run goes on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using driven = new Driven({ ...SHORT, datafile: "/dev/full", "csv-dialect": "go" });
    assert.equal(await driven.finish(), 0);
    const { warnings } = driven.conducted.report;
    assert.deepEqual(warnings.map(({ code }) => code), ["csv-incomplete"]);
    assert.match(
      warnings[0]!.message,
      /^\/dev\/full lacks 10 of 10 rows \(.*(?:ENOSPC|No space).*\); the report has all$/,
    );
  },
});

Deno.test("--on-429=abort ends the run as failed, says so once, and cleans up", async () => {
  const cluster = new MemoryCluster();
  const busy = statusError(429, "TooManyRequests");
  cluster.fail("create", busy, { on: "r1-00003", times: 2 });
  cluster.onCall = async (call) => {
    // Two answers of 429 at once.
    if (/create.*r1-0000[34]/.test(call)) await driven.clock.sleepUntil(1_500);
  };
  await using driven = new Driven({ rate: "10/s", n: "10000", ttl: "1m", "on-429": "abort" }, {
    cluster,
  });
  cluster.fail("create", busy, { on: "r1-00004" });
  await driven.finish();
  const { end, warnings, verdict } = driven.conducted.report;
  assert.deepEqual([end?.reason, verdict], ["failed", "fail"]);
  const message = "The server answered 429, which ended the run (--on-429=abort)";
  assert.deepEqual(warnings, [{ code: "overload", message }]);
  assert.equal(driven.conducted.stderr.split(message).length, 2);
  assert.deepEqual(cluster.keys(CONFIG_MAPS), []);
});

Deno.test("objects of a cluster-scoped kind are in no namespace, and none is made for them", async () => {
  const resource = {
    group: "example.com",
    version: "v1",
    plural: "widgets",
    kind: "Widget",
    namespaced: false,
  };
  const { startLogger, options } = observing();
  await using driven = new Driven({ ...SHORT, n: "1", "with-logger": "true" }, {
    resource,
    startLogger,
  });
  assert.equal(await driven.finish(), 0, driven.conducted.stderr);
  assert.deepEqual(driven.cluster.calls, [
    "create leases.coordination.k8s.io default/scaletool-run-r1",
    "create widgets.example.com r1-1",
    "create widgets.example.com r1-1",
    "delete widgets.example.com r1-1",
    "list widgets.example.com",
    "delete leases.coordination.k8s.io default/scaletool-run-r1",
  ]);
  assert.deepEqual(options[0]?.namespaces, []);
  assert.ok(driven.rows.every(({ namespace }) => namespace === undefined));
  assert.equal(driven.conducted.manifest.target, "https://10.0.0.1:6443");
});
