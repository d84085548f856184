import assert from "node:assert/strict";
import { createRng } from "../../../../core/load/rng.ts";
import type { Finding } from "../../../../core/judge/finding.ts";
import { Run } from "../../../../core/run/run.ts";
import { runStage } from "../../../../core/run/run_stage.ts";
import { OperationFailedError } from "../../../../core/errors.ts";
import type { RawRequest, WatchEvent } from "../../../../kube/cluster.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { NAMESPACES, PODS } from "../../../../kube/resource.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import type { SystemOptions, SystemWatch } from "../../../../probes/backup/system/watch_system.ts";
import { watchSystem } from "../../../../probes/backup/system/watch_system.ts";
import { SandboxCluster } from "../../../support/sandbox_cluster.ts";

const METRICS = "/apis/metrics.k8s.io/v1beta1";
const OPERATOR = { "app.kubernetes.io/name": "devworkspace-controller" };

/** A cluster with a metrics server, unless it has none. */
class MeasuredCluster extends SandboxCluster {
  /** By pod `namespace/name`: containers with their CPU and memory; undefined: there is no server. */
  usage: Record<string, Record<string, readonly [cpu: string, memory: string]>> | undefined = {};
  isOpenShift = false;
  isDown = false;

  override async *watch(...args: Parameters<SandboxCluster["watch"]>): AsyncIterable<WatchEvent> {
    for await (const event of super.watch(...args)) {
      if (this.isDown) throw new OperationFailedError("connection-reset", "it is down");
      yield event;
    }
  }

  override request(request: RawRequest): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.path, "http://x");
    if (pathname === "/apis/route.openshift.io/v1" && this.isOpenShift) {
      return Promise.resolve({ resources: [{ name: "routes", kind: "Route", namespaced: true }] });
    }
    if (!pathname.startsWith(METRICS) || this.usage === undefined) return super.request(request);
    const resources = [{ name: "pods", kind: "PodMetrics", namespaced: true }];
    if (pathname === METRICS) return Promise.resolve({ resources });
    return Promise.resolve({ metadata: {}, items: [...this.#items(pathname, searchParams)] });
  }

  *#items(path: string, query: URLSearchParams): Generator<KubeObject> {
    const [, wanted = ""] = /namespaces\/([^/]+)/.exec(path) ?? [];
    const isOfJobs = query.get("labelSelector") === "job-name";
    for (const [key, containers] of Object.entries(this.usage!)) {
      const [namespace, name] = key.split("/") as [string, string];
      if (wanted !== "" && namespace !== wanted) continue;
      if (isOfJobs && !name.includes("backup")) continue;
      yield {
        metadata: { namespace, name },
        containers: Object.entries(containers)
          .map(([name, [cpu, memory]]) => ({ name, usage: { cpu, memory } })),
      };
    }
  }
}

class SystemWorld implements Disposable {
  readonly cluster = new MeasuredCluster();
  readonly warnings: string[] = [];
  readonly facts: string[] = [];
  readonly findings: Finding[] = [];
  readonly events: string[] = [];
  readonly run = new Run({
    id: "r1",
    clock: this.cluster.clock,
    rng: createRng(1),
    stages: [],
    log: (...records) => {
      for (const record of records) {
        if (record.type === "warning") {
          this.warnings.push(`${record.warning.code}: ${record.warning.message}`);
        }
        if (record.type === "fact") this.facts.push(`${record.name}: ${record.value}`);
        if (record.type === "finding") this.findings.push(record.finding);
      }
    },
  });

  static async with(pods: readonly (readonly [string, Record<string, string>])[]) {
    const world = new SystemWorld();
    for (const name of ["dwo", "kube-system", "openshift-etcd"]) {
      await world.cluster.create(NAMESPACES, { metadata: { name } }).catch(() => {});
    }
    for (const [key, labels] of pods) await world.put(key, labels);
    return world;
  }

  async put(key: string, labels: Record<string, string>, { isReady = true } = {}): Promise<void> {
    const [namespace, name] = key.split("/") as [string, string];
    const metadata = { namespace, name, labels };
    await this.cluster.create(PODS, {
      metadata,
      spec: { containers: [{ name: "c", image: "x" }] },
    });
    await this.set(key, {}, { isReady });
  }

  async set(
    key: string,
    restarts: Readonly<Record<string, number>>,
    { isReady = true, reason = "Error" } = {},
  ): Promise<void> {
    const [namespace, name] = key.split("/") as [string, string];
    await this.cluster.setStatus(PODS, { namespace, name }, {
      phase: "Running",
      conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
      containerStatuses: Object.entries(restarts).map(([name, restartCount]) => ({
        name,
        restartCount,
        lastState: { terminated: { exitCode: 1, reason } },
      })),
    });
  }

  /** One judged stage of so many seconds with the system watched. */
  async watch(
    during: (watch: SystemWatch) => Promise<void>,
    options: Partial<SystemOptions> = {},
  ): Promise<void> {
    const { clock } = this.cluster;
    const running = runStage(this.run, STAGE, async (stage) => {
      stage.begin();
      const watch = await watchSystem(this.run, {
        cluster: this.cluster,
        operatorNamespace: "dwo",
        periodMs: 10_000,
        sources: [],
        onOperatorRestart: (atMs) => this.events.push(`restart at ${atMs}`),
        onOperatorAway: ({ fromMs, untilMs }) => this.events.push(`away ${fromMs} to ${untilMs}`),
        ...options,
      });
      await during(watch);
      await clock.sleepUntil(60_000);
      await watch[Symbol.asyncDispose]();
    });
    let isOver = false;
    running.finally(() => isOver = true).catch(() => {});
    while (!isOver) await clock.advance(1_000);
    await running;
  }

  until(atMs: number): Promise<void> {
    return this.cluster.clock.sleepUntil(atMs);
  }

  counter(name: string, component: string): number | undefined {
    return this.run.live.counter(name, { component });
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }
}

const STAGE = { name: "load", kind: "measured", level: null, targetRatePerSec: null } as const;
const PARTS = [["dwo/devworkspace-controller-1", OPERATOR], ["kube-system/etcd-n", {
  component: "etcd",
}]] as const;

Deno.test("what operator, etcd and backups use are gauges, of all containers but etcd's others", async () => {
  using world = await SystemWorld.with(PARTS);
  world.cluster.usage = {
    "dwo/devworkspace-controller-1": { controller: ["125m", "64Mi"], proxy: ["125m", "1Mi"] },
    "dwo/devworkspace-webhook-server-1": { server: ["9", "9Gi"] },
    "kube-system/etcd-n": { etcd: ["2", "1Gi"], metrics: ["7", "7Gi"] },
    "kube-system/scheduler": { scheduler: ["5", "5Gi"] },
    "ns-1/devworkspace-backup-abcde-fghij": { "backup-workspace": ["750m", "10Mi"] },
    "ns-2/devworkspace-backup-klmno-pqrst": { "backup-workspace": ["250m", "30Mi"] },
    "ns-2/other-backup-klmno-pqrst": { job: ["8", "8Gi"] },
  };
  await world.watch(async (watch) => {
    await world.until(25_000);
    assert.deepEqual(watch.backupPods, { pods: 2, cpuCores: 0.5, memoryBytes: 20 * 2 ** 20 });
  });
  const gauge = (name: string, component: string) =>
    world.run.live.gauge(name, { component })?.last;
  assert.equal(gauge("componentCpuCores", "operator"), 0.25);
  assert.equal(gauge("componentMemoryBytes", "operator"), 65 * 2 ** 20);
  // A pod without the container that counts is left out.
  assert.equal(gauge("componentCpuCores", "etcd"), 2);
  assert.equal(gauge("componentCpuCores", "backup"), 1);
  assert.equal(world.counter("componentFailures", "operator"), 0);
  assert.deepEqual(world.warnings, []);
});

Deno.test("without a metrics server nothing is measured, which is told once", async () => {
  using world = await SystemWorld.with(PARTS);
  world.cluster.usage = undefined;
  await world.watch(() => Promise.resolve());
  assert.deepEqual(world.warnings, [
    "no-usage: CPU and memory of pods are not measured, and no threshold on them is met: the " +
    "cluster has no metrics server (metrics.k8s.io)",
  ]);
  assert.equal(world.run.live.gauge("componentCpuCores"), undefined);
  assert.equal(world.counter("componentFailures", "operator"), undefined);
});

Deno.test("where nothing is to be read, restarts are counted all the same", async () => {
  using world = await SystemWorld.with(PARTS);
  await world.watch(() => Promise.resolve(), { periodMs: 0 });
  assert.deepEqual(world.warnings, []);
  assert.equal(world.run.live.gauge("componentCpuCores"), undefined);
  assert.equal(world.counter("componentRestarts", "operator"), 0);
});

Deno.test("backups that are not measured, because they are over too soon, are no failure", async () => {
  using world = await SystemWorld.with(PARTS);
  world.cluster.usage = {
    "dwo/devworkspace-controller-1": { controller: ["1", "1"] },
    "kube-system/etcd-n": { etcd: ["1", "1"] },
  };
  await world.watch((watch) => Promise.resolve(assert.equal(watch.backupPods, undefined)));
  assert.equal(world.counter("componentFailures", "backup"), 0);
  assert.equal(world.run.live.gauge("componentCpuCores", { component: "backup" }), undefined);
  assert.deepEqual(world.warnings, []);
});

Deno.test("what begins anew between two readings is counted, with the time and the reason", async () => {
  using world = await SystemWorld.with(PARTS);
  await world.watch(async (watch) => {
    await world.until(12_000);
    await world.set(PARTS[0][0], { controller: 0, proxy: 1 }, { reason: "OOMKilled" });
    await world.until(13_000);
    await world.set(PARTS[0][0], { controller: 2, proxy: 1 });
    await world.until(14_000);
    assert.equal(watch.restarts("operator"), 3);
    assert.equal(watch.restarts("etcd"), 0);
  });
  assert.deepEqual(world.events, ["restart at 12000", "restart at 13000"]);
  assert.equal(world.counter("componentRestarts", "operator"), 3);
  assert.equal(world.counter("componentOomKills", "operator"), 1);
  assert.equal(world.counter("componentRestarts", "etcd"), 0);
  assert.match(
    world.warnings.find((warning) => warning.startsWith("component-restarted"))!,
    /^component-restarted: operator: container proxy of pod devworkspace-controller-1 began anew \(OOMKilled\)$/,
  );
});

Deno.test("a replaced pod is a restart, and the time without a ready one is time away", async () => {
  using world = await SystemWorld.with(PARTS);
  await world.watch(async () => {
    await world.until(10_000);
    await world.cluster.delete(PODS, { namespace: "dwo", name: "devworkspace-controller-1" });
    await world.until(15_000);
    await world.put("dwo/devworkspace-controller-2", OPERATOR, { isReady: false });
    await world.until(22_000);
    await world.set("dwo/devworkspace-controller-2", { controller: 0 });
    await world.until(23_000);
  });
  assert.deepEqual(world.events, ["restart at 10000", "away 10000 to 22000"]);
  assert.equal(world.counter("componentRestarts", "operator"), 1);
  assert.equal(world.counter("componentAwayMs", "operator"), 12_000);
});

Deno.test("one that is away at the end was away until then", async () => {
  using world = await SystemWorld.with(PARTS);
  await world.watch(async () => {
    await world.until(10_000);
    await world.set(PARTS[0][0], { controller: 0 }, { isReady: false });
  });
  assert.deepEqual(world.events, ["away 10000 to 60000"]);
});

Deno.test("of parts that are not there nothing is known, which is no pass", async () => {
  using world = await SystemWorld.with([["dwo/other", {}]]);
  await world.watch(() => Promise.resolve());
  assert.equal(world.counter("componentRestarts", "operator"), undefined);
  assert.equal(world.counter("componentRestarts", "etcd"), undefined);
  assert.deepEqual(world.facts, ["operator pods: unknown", "etcd pods: unknown"]);
  const told = world.warnings.filter((warning) => warning.startsWith("component-unknown"));
  assert.deepEqual(told, [
    "component-unknown: Whether operator stays up is not known, and no threshold on its restarts is " +
    'met: it has no pods in namespace "dwo"',
    "component-unknown: Whether etcd stays up is not known, and no threshold on its restarts is " +
    'met: it has no pods in namespace "kube-system"',
  ]);
});

Deno.test("on OpenShift etcd has a namespace of its own", async () => {
  using world = await SystemWorld.with([["openshift-etcd/etcd-a", { app: "etcd" }]]);
  world.cluster.isOpenShift = true;
  await world.watch(() => Promise.resolve());
  assert.ok(world.facts.includes("etcd pods: openshift-etcd/etcd-a"), world.facts.join());
});

Deno.test("pods that may not be watched are unknown, and the rest goes on", async () => {
  using world = await SystemWorld.with(PARTS);
  world.cluster.before = (call) => {
    if (!call.includes("/namespaces/dwo/pods")) return;
    throw new StatusError({ kind: "Status", reason: "Forbidden", message: "no" }, { code: 403 });
  };
  await world.watch(() => Promise.resolve());
  assert.equal(world.counter("componentRestarts", "operator"), undefined);
  assert.equal(world.counter("componentRestarts", "etcd"), 0);
  assert.match(world.warnings[0]!, /^component-unknown: .* no$/);
});

Deno.test("a watch that is lost and not had back leaves open whether there were restarts", async () => {
  for (const isBack of [false, true]) {
    using world = await SystemWorld.with(PARTS);
    world.cluster.before = (call) => {
      if (!world.cluster.isDown || !call.includes("/namespaces/dwo/pods")) return;
      throw new OperationFailedError("connection-reset", "it is down");
    };
    await world.watch(async (watch) => {
      await world.until(20_000);
      world.cluster.isDown = true;
      await world.set(PARTS[0][0], { controller: 1 });
      await world.until(30_000);
      assert.equal(watch.restarts("operator"), 0);
      world.cluster.isDown = !isBack;
      await world.until(55_000);
      assert.equal(watch.restarts("operator"), isBack ? 1 : 0);
    });
    const open = { subject: "pods of operator are watched", verdict: "inconclusive" };
    const found = world.findings.map(({ subject, verdict }) => ({ subject, verdict }));
    assert.deepEqual(found, isBack ? [] : [open]);
  }
});

Deno.test("a part that tells of itself elsewhere is read there, and nowhere else", async () => {
  using world = await SystemWorld.with(PARTS);
  world.cluster.usage = {
    "dwo/devworkspace-controller-1": { controller: ["5", "5"] },
    "other/op": { process: ["2", "7"] },
    "kube-system/etcd-n": { etcd: ["1", "1"] },
  };
  const place = { kind: "pods", namespace: "other", labelSelector: "app=op" } as const;
  await world.watch(() => Promise.resolve(), { sources: [{ name: "operator", source: place }] });
  const gauge = world.run.live.gauge("componentMemoryBytes", { component: "operator" });
  assert.deepEqual([gauge?.min, gauge?.max], [7, 7]);
  assert.deepEqual(world.warnings, []);
});
