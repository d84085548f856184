import assert from "node:assert/strict";
import { FailedPodLogs } from "../../../../probes/backup/accounting/failed_pod_logs.ts";
import { MemoryCluster, statusError } from "../../../support/memory_cluster.ts";

const POD = { uid: "u1", namespace: "ns", pod: "p", job: "j" };
const PATH = "GET /api/v1/namespaces/ns/pods/p/log" +
  "?container=backup-workspace&tailLines=50&limitBytes=262144";

function keeping(text: string, { secrets = [] as string[], mostPods = 100 } = {}) {
  const cluster = new MemoryCluster();
  cluster.answers.set(PATH, text);
  const ending = new AbortController();
  const logs = new FailedPodLogs({ cluster, signal: ending.signal, secrets, mostPods });
  return { cluster, logs, ending };
}

Deno.test("a failed pod's log is read once", async () => {
  const { cluster, logs } = keeping("oras: denied\n");
  logs.keep(POD);
  logs.keep(POD);
  await logs.idle();
  assert.deepEqual(cluster.calls, [PATH]);
  const { uid: _, ...pod } = POD;
  assert.deepEqual(logs.all, [{ ...pod, text: "oras: denied\n", error: "" }]);
});

Deno.test("no secret stands in it, told of or not", async () => {
  const told = keeping("user hunter2 aHVudGVyMg==", { secrets: ["hunter2", "aHVudGVyMg=="] });
  told.logs.keep(POD);
  await told.logs.idle();
  assert.equal(told.logs.all[0]!.text, "user *** ***");
  const lines = [
    "Authorization: Basic dTpw",
    "authorization: bearer abc.def",
    `"password":"pw1"`,
    "https://user:pw1@r.test/v2/",
  ];
  const untold = keeping(lines.join("\n"));
  untold.logs.keep(POD);
  await untold.logs.idle();
  assert.deepEqual(untold.logs.all[0]!.text!.split("\n"), [
    "Authorization: Basic ***",
    "authorization: bearer ***",
    `"password":"***"`,
    "https://***@r.test/v2/",
  ]);
});

Deno.test("its end is kept, and of so many pods alone", async () => {
  const { logs } = keeping("x".repeat(20_000) + "end", { mostPods: 1 });
  logs.keep(POD);
  logs.keep({ ...POD, uid: "u2" });
  await logs.idle();
  assert.equal(logs.all.length, 1);
  assert.equal(logs.all[0]!.text!.length, 16_384);
  assert.ok(logs.all[0]!.text!.endsWith("end"));
  assert.equal(logs.left, 1);
});

Deno.test("one that cannot be read is told with why, and the next one is read", async () => {
  const { cluster, logs } = keeping("text");
  cluster.fail("request", statusError(404, "NotFound"));
  logs.keep(POD);
  logs.keep({ ...POD, uid: "u2" });
  await logs.idle();
  assert.deepEqual(logs.all.map(({ text }) => text), [undefined, "text"]);
  assert.match(logs.all[0]!.error, /NotFound/);
});

Deno.test("one that comes when the others have been read is read, too", async () => {
  const { logs } = keeping("text");
  logs.keep(POD);
  await logs.idle();
  logs.keep({ ...POD, uid: "u2" });
  await logs.idle();
  assert.equal(logs.all.length, 2);
});

Deno.test("after its end nothing is read", async () => {
  const { cluster, logs, ending } = keeping("text");
  ending.abort();
  logs.keep(POD);
  await logs.idle();
  assert.deepEqual(cluster.calls, []);
});
