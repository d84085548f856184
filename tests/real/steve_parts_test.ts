/** The parts of steve-watch that write, read and clean up, on a real Steve and a real control plane. */

import assert from "node:assert/strict";
import { SystemClock } from "../../core/load/clock.ts";
import { createRng } from "../../core/load/rng.ts";
import { Run } from "../../core/run/run.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import { CLUSTER_FLAGS, type ClusterValues } from "../../kube/cluster_flags.ts";
import { resolveTarget, systemWorld } from "../../kube/config/target.ts";
import { type ClusterSession, connectCluster } from "../../kube/connect.ts";
import { runChurn } from "../../watchers/steve/load/churn.ts";
import { CrdToggle, judgeChanges } from "../../watchers/steve/load/crd_toggle.ts";
import { HttpCluster } from "../../kube/http/http_cluster.ts";
import { pageFetcher } from "../../kube/component/fetch_text.ts";
import { readPageUsage } from "../../kube/component/page_usage.ts";
import { logIn, type SteveLogin } from "../../watchers/steve/client/login.ts";
import { NotifiedRevisions, runLightRead } from "../../watchers/steve/load/light_read_task.ts";
import { CHURNED_TYPES } from "../../watchers/steve/load/objects.ts";
import { requireSteve as requireAnswer } from "../../watchers/steve/client/reach.ts";
import { setUp } from "../../watchers/steve/set_up/set_up.ts";
import { type SteveAccess, SteveClient } from "../../watchers/steve/client/steve_client.ts";
import { execProbe, metricsProbe } from "../../watchers/steve/wal/wal_probe.ts";
import { fileProbe } from "../../watchers/steve/wal/wal_probe.ts";
import { WalWatch } from "../../watchers/steve/wal/wal_watch.ts";
import { WriteLog } from "../../watchers/steve/load/write_log.ts";
import type { WrittenEvent } from "../../watchers/steve/written_event.ts";
import { clusterOfFile, eventually, pass } from "./cluster_state.ts";
import { type ControlPlane, createFakeNode } from "./control_plane.ts";
import { requireSteve, startSteve } from "./steve.ts";

const { plane } = await clusterOfFile({ without: ["scheduler", "wardle"] });
const ignore = !await requireSteve();
const NAMESPACE = "test-configmaps";
const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/foos.example.com";
const clock = new SystemClock();

function connect(plane: ControlPlane, runId: string): Promise<ClusterSession> {
  const defaults = Object.entries(CLUSTER_FLAGS).map(([name, { defaultValue }]) => [
    name,
    defaultValue,
  ]);
  const kubeconfig = plane.kubeconfig("load");
  const values = { ...Object.fromEntries(defaults), kubeconfig } as ClusterValues;
  return connectCluster({
    identity: { runId, command: "steve-watch" },
    values,
    target: resolveTarget(values, systemWorld(clock)),
    clock,
    connections: 2,
  });
}

function openSteve(
  url: string,
  headers: SteveAccess["headers"] = [],
): Promise<SteveClient> {
  return SteveClient.open({
    target: { baseUrl: url, insecure: false },
    headers,
    userAgent: "scaletool/test",
    requestTimeoutMs: 30_000,
  }, { clock });
}

function newRun(id: string) {
  const logged: RunLogRecord[] = [];
  const run = new Run({
    id,
    clock,
    rng: createRng(1),
    log: (...records) => logged.push(...records),
  });
  return { run, logged };
}

/** Undoes everything; fails unless all of it is undone. */
async function undo(run: Run): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const leftovers = await run.undoAll({ signal, onLong: () => {} });
  assert.deepEqual(leftovers.map(({ label, error }) => `${label}: ${error}`), []);
}

async function assertGone(plane: ControlPlane): Promise<void> {
  for (const path of [CRD, `/api/v1/namespaces/${NAMESPACE}`]) {
    await assert.rejects(plane.admin(path), /404/);
  }
}

/** What Steve itself tells of a type, object by object. */
async function follow(steve: SteveClient, type: string) {
  const seen: string[] = [];
  const started = Promise.withResolvers<void>();
  const socket = steve.subscribe();
  socket.onopen = () => socket.send(JSON.stringify({ resourceType: type }));
  socket.onerror = () => started.reject(new Error("no socket"));
  socket.onmessage = ({ data }) => {
    const { name, revision, data: object } = JSON.parse(data);
    if (name === "resource.start") started.resolve();
    else if (/create|remove/.test(name)) seen.push(`${name} ${object.metadata.name} ${revision}`);
    else if (name !== "ping") seen.push(`${name} ${JSON.stringify(object)}`);
  };
  await started.promise;
  return { seen, [Symbol.dispose]: () => socket.close() };
}

function asSteveTells({ op, name, revision }: WrittenEvent): string {
  return `resource.${op} ${name} ${revision}`;
}

Deno.test(
  "a whole load: what the write log says is what Steve tells, and everything goes again",
  { ignore },
  async () => {
    await using server = await startSteve({ plane: plane() });
    using session = await connect(plane(), "whole");
    using steve = await openSteve(server.url);
    const { run } = newRun("whole");
    const { cluster } = session;
    const lean = new HttpCluster(cluster.connections, { form: "metadata", watchesApart: true });
    const identity = { runId: "whole", command: "steve-watch" };
    const said: string[] = [];
    const prepared = await setUp(run, {
      cluster,
      creator: lean,
      steve,
      plan: {
        identity,
        namespace: NAMESPACE,
        types: CHURNED_TYPES,
        payloadBytes: 100_000,
      },
      say: (line) => said.push(line),
    });
    assert.deepEqual([...prepared.revisions.keys()], [...CHURNED_TYPES.keys()]);
    for (const revision of prepared.revisions.values()) assert.match(revision ?? "", /^\d+$/);

    const written: WrittenEvent[] = [];
    const notified = new NotifiedRevisions();
    const log = new WriteLog(lean, {
      clock,
      rng: run.rng,
      runId: "whole",
      types: CHURNED_TYPES,
      namespace: NAMESPACE,
      onWritten: (event) => written.push(event),
    });
    const logging = new AbortController();
    const logged = log.run(logging.signal);
    await log.ready();
    using maps = await follow(steve, "configmaps");
    using secrets = await follow(steve, "secrets");
    const toggle = new CrdToggle(run, { cluster, steve, periodMs: 2_000 });
    const wal = new WalWatch(run, { probe: fileProbe(server.walFile), periodMs: 500 });
    run.begin();
    const load = [
      runChurn(run, {
        creator: lean,
        cluster,
        types: CHURNED_TYPES,
        objects: prepared.objects,
        owned: prepared.owned,
        ratePerSec: 4,
        lifetimeMs: 100,
        onAnswered: (write) => log.answered(write),
      }),
      toggle.run(),
      wal.run(),
      runLightRead(run, {
        steve,
        namespace: NAMESPACE,
        ratePerSec: 4,
        exclude: ["data"],
        notified,
      }),
    ];
    await pass(6_500);
    await eventually("two changes are confirmed", () => toggle.changes.confirmed >= 2);
    run.stop("duration");
    await Promise.all(load);
    assert.ok(await log.drained(clock.now() + 30_000));
    logging.abort();
    await logged;
    run.rotate();

    const { operations, distributions } = run.live;
    for (const type of CHURNED_TYPES.keys()) {
      for (const op of ["create", "delete"]) {
        const figures = [...operations.values()]
          .find((one) => one.op === op && one.tags?.["type"] === type)!;
        assert.ok(figures.ok >= 20 && figures.failedCount === 0, `${op} ${type}: ${figures.ok}`);
      }
      const [creates, removes] = ["create", "remove"].map((op) =>
        written.filter((event) => event.type === type && event.op === op).map(({ name }) => name)
      );
      assert.equal(new Set(creates).size, creates!.length);
      assert.deepEqual(removes!.toSorted(), creates!.toSorted());
    }
    assert.equal(log.pendingCount, 0);
    const tellsOf = (type: string) => written.filter((one) => one.type === type).map(asSteveTells);
    for (const [type, { seen }] of [["configmaps", maps], ["secrets", secrets]] as const) {
      const expected = tellsOf(type);
      await eventually(`Steve told all of ${type}`, () => seen.length >= expected.length);
      assert.deepEqual(seen, expected);
    }
    assert.equal(judgeChanges(toggle.changes).verdict, "pass", JSON.stringify(toggle.changes));
    assert.ok(distributions.size > 0);
    assert.ok(wal.seen[0]!.maxBytes > 1_000_000, JSON.stringify(wal.seen));
    const probe = metricsProbe({ urls: [server.metricsUrl], fetchText: pageFetcher(clock) });
    const signal = AbortSignal.timeout(10_000);
    const [replica] = await probe.replicas(signal);
    await pass(1_500);
    assert.equal(await replica!.readBytes(signal), server.walBytes);
    for (const url of [server.metricsUrl, server.pprofUrl]) {
      const { levels } = await readPageUsage(
        { url, fetchText: pageFetcher(clock) },
        signal,
      );
      const { goroutines = 0, heapBytes = 0 } = levels;
      assert.ok(goroutines > 10 && heapBytes > 1_000_000, `${goroutines} ${heapBytes}`);
    }
    await undo(run);
    await assertGone(plane());
    assert.deepEqual(said.filter((line) => /WARNING/.test(line)), []);
  },
);

const OLD = {
  "app.kubernetes.io/managed-by": "scaletool",
  "scaletool.io/run-id": "killed",
  "scaletool.io/command": "steve-watch",
};

Deno.test(
  "what a killed run left is removed before the next one begins, the definition too",
  { ignore },
  async () => {
    await using server = await startSteve({ plane: plane() });
    const { run } = newRun("next");
    const post = (path: string, body: unknown) => plane().admin(path, { method: "POST", body });
    await post("/api/v1/namespaces", { metadata: { name: NAMESPACE, labels: OLD } });
    await post(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
      metadata: { name: "killed-7", labels: OLD },
    });
    await post(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions`, {
      metadata: { name: "foos.example.com", labels: OLD },
      spec: {
        group: "example.com",
        names: { kind: "Foo", listKind: "FooList", plural: "foos", singular: "foo" },
        scope: "Cluster",
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        }],
      },
    });
    using session = await connect(plane(), "next");
    using steve = await openSteve(server.url);
    const said: string[] = [];
    const { cluster } = session;
    await setUp(run, {
      cluster,
      creator: cluster,
      steve,
      plan: {
        identity: { runId: "next", command: "steve-watch" },
        namespace: NAMESPACE,
        types: CHURNED_TYPES,
        payloadBytes: 1_000,
      },
      say: (line) => said.push(line),
    });
    assert.ok(said.includes("removing what run killed left"), said.join("\n"));
    const { metadata } = await plane().admin<{ metadata: { labels: Record<string, string> } }>(CRD);
    assert.equal(metadata.labels["scaletool.io/run-id"], "next");
    await undo(run);
    await assertGone(plane());
  },
);

/** Says of one token, however it was sent, that it is an administrator's. */
function startReviewer(token: string) {
  const admin = { username: "admin", groups: ["system:masters", "system:authenticated"] };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const review = await request.json();
    const isKnown = [token, `cookie://${token}`].includes(review.spec.token);
    const status = isKnown ? { authenticated: true, user: admin } : { authenticated: false };
    return Response.json({ ...review, status });
  });
}

Deno.test(
  "a token lets us in as cookie and as bearer, another one does not, and is not shown",
  { ignore },
  async () => {
    const token = "token-abcde:s3cr3t";
    await using reviewer = startReviewer(token);
    const reviewUrl = `http://127.0.0.1:${reviewer.addr.port}/`;
    await using server = await startSteve({ plane: plane(), reviewUrl });
    const signal = AbortSignal.timeout(30_000);
    const ask = async (credentials: SteveLogin) => {
      using nobody = await openSteve(server.url);
      using steve = await openSteve(
        server.url,
        await logIn(nobody, { credentials, retry: { clock, rng: createRng(1) } }),
      );
      await requireAnswer(steve, { clock, namespace: NAMESPACE, signal });
      using _socket = await follow(steve, "configmaps");
    };
    for (const as of ["cookie", "bearer"] as const) {
      await ask({ kind: "token", token, as });
      await assert.rejects(ask({ kind: "token", token: "token-x:n0tth1s", as }), (error) => {
        assert.match(`${error}`, /CannotRunError: .* \(40[14]\)/);
        assert.doesNotMatch(Deno.inspect(error, { depth: 9 }), /n0tth1s|s3cr3t/);
        return true;
      });
    }
  },
);

Deno.test(
  "a command in a pod tells the size of Steve's log, through a real API server",
  { ignore },
  async () => {
    await using server = await startSteve({ plane: plane() });
    await createFakeNode(plane(), "node-a");
    await plane().admin("/api/v1/namespaces/default/pods", {
      method: "POST",
      body: {
        metadata: { name: "rancher-1", labels: { app: "rancher" } },
        spec: {
          nodeName: "node-a",
          automountServiceAccountToken: false,
          containers: [{ name: "rancher", image: "none" }],
        },
      },
    });
    using session = await connect(plane(), "exec");
    const { cluster } = session;
    const probeOf = (path: string) =>
      execProbe({
        cluster,
        open: (path, protocols) => cluster.webSocket(path, protocols),
        clock,
        namespace: "default",
        labelSelector: "app=rancher",
        container: "rancher",
        path,
        timeoutMs: 10_000,
      });
    const signal = AbortSignal.timeout(60_000);
    const probe = probeOf(server.walFile);
    await eventually("the pod runs", async () => {
      return await probe.replicas(signal).then(() => true, () => false);
    });
    const [replica] = await probe.replicas(signal);
    assert.equal(replica!.name, "rancher-1");
    await eventually("its log does not change", async () => {
      const before = server.walBytes;
      return before > 0 && before === await replica!.readBytes(signal);
    });
    const [absent] = await probeOf(`${server.walFile}-none`).replicas(signal);
    await assert.rejects(absent!.readBytes(signal));
  },
);
