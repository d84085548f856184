import assert from "node:assert/strict";
import type { Report } from "../../../core/report/report.ts";
import { Scaletool } from "../../support/scaletool.ts";
import { eventually } from "../cluster_state.ts";
import { CommandRun, operationOf, startCommand } from "../command_run.ts";
import type { User } from "../control_plane.ts";
import { nodeOfFile } from "./node_of_file.ts";
import { createPod, untilPod } from "./pods.ts";
import { RealNode } from "./real_node.ts";

const { ignore, plane, node } = await nodeOfFile();

/** Where loads are, which no run has to make and remove. */
const LOAD = "load";
/** Where pods are. */
const PODS = "generators";
const LABELS = { "pod-security.kubernetes.io/enforce": "restricted" };

Deno.test.beforeAll(async () => {
  if (ignore) return;
  for (const name of [LOAD, PODS]) {
    await plane().admin("/api/v1/namespaces", {
      method: "POST",
      body: { metadata: { name, labels: LABELS } },
    });
  }
});

interface PodRun {
  readonly id: string;
  readonly pods?: number;
  readonly args: readonly string[];
  readonly user?: User;
}

/** On a machine of two cores pods are not to ask for more than there is. */
const SMALL = ["--pods-requests", "cpu=20m,memory=64Mi", "--pods-namespace", PODS];
const DRIVER = ["cmdriver", "--namespace", LOAD, "--create-namespace=false", "--seed", "7"];

function inCluster({ id, pods = 2, args, user = "load" }: PodRun): CommandRun {
  const [command = "", ...rest] = args;
  const asked = ["--in-cluster", "--pods", String(pods), "--run-id", id, ...SMALL];
  return startCommand(plane(), [command, ...asked, ...rest], { user });
}

interface List {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const KINDS = [
  `/apis/batch/v1/namespaces/${PODS}/jobs`,
  `/api/v1/namespaces/${PODS}/pods`,
  `/api/v1/namespaces/${PODS}/secrets`,
  `/api/v1/namespaces/${PODS}/configmaps`,
  `/api/v1/namespaces/${PODS}/serviceaccounts`,
  `/apis/rbac.authorization.k8s.io/v1/namespaces/${PODS}/roles`,
  `/apis/rbac.authorization.k8s.io/v1/namespaces/${LOAD}/roles`,
  `/apis/rbac.authorization.k8s.io/v1/namespaces/${LOAD}/rolebindings`,
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/coordination.k8s.io/v1/leases",
  `/api/v1/namespaces/${LOAD}/configmaps`,
];

/** Names of all that has the run's id in its own. */
async function leftOf(id: string): Promise<string[]> {
  const lists = await Promise.all(KINDS.map((path) => plane().admin<List>(path)));
  return lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name))
    .filter((name) => name.includes(id));
}

async function assertNothingLeft(id: string): Promise<void> {
  assert.deepEqual(await leftOf(id), []);
}

/** Names of the pods of a run. */
async function podsOf(id: string): Promise<string[]> {
  const { items } = await plane().admin<List>(
    `/api/v1/namespaces/${PODS}/pods?labelSelector=scaletool.io/run-id=${id}`,
  );
  return items.map(({ metadata }) => metadata.name).sort();
}

/** Resolves when the load of a run has been under way for a few seconds. */
async function untilUnderWay(run: CommandRun, id: string): Promise<void> {
  const log = `scaletool-runs/${id}/run.jsonl`;
  await eventually("intervals in the run log", () => {
    try {
      return run.text(log).split('"interval"').length > 4;
    } catch {
      return false;
    }
  });
}

function createsOf(report: Report): number {
  return operationOf(report, "create").response!.count;
}

/** How many operations each generator has told of. */
function createsByGenerator(run: CommandRun, id: string): number[] {
  const counts: number[] = [];
  for (const line of run.text(`scaletool-runs/${id}/run.jsonl`).trim().split("\n")) {
    const { type, interval } = JSON.parse(line);
    if (type !== "interval" || interval.generator === undefined) continue;
    counts[interval.generator] = (counts[interval.generator] ?? 0) + 1;
  }
  return counts;
}

Deno.test("4 pods put the load on that one process does: the same schedule, merged", {
  ignore,
}, async () => {
  const load = [...DRIVER, "--lambda", "40", "--maxpop", "40", "--duration", "6s"];
  await using alone = startCommand(plane(), [...load, "--run-id", "alone"]);
  await alone.endsWell();
  await using run = inCluster({ id: "four", pods: 4, args: load });
  await run.endsWell();
  assert.equal(createsOf(run.report), createsOf(alone.report));
  const shares = createsByGenerator(run, "four");
  assert.equal(shares.length, 4);
  assert.ok(shares.every((count) => count >= 5), `${shares}`);
  assert.equal(run.report.manifest.generators?.kind, "pods");
  assert.match(run.text("scaletool-runs/four/run.jsonl"), /"kind":"ready","clock":\{"offsetMs"/);
  await assertNothingLeft("four");
});

Deno.test("loggers watch from pods", { ignore }, async () => {
  await using run = inCluster({
    id: "watching",
    args: ["cm-logger", "--namespace", LOAD, "--duration", "4s", "--metrics-addr", "127.0.0.1:0"],
  });
  await run.endsWell();
  await assertNothingLeft("watching");
});

Deno.test("httperf's clients in pods reach a server outside", { ignore }, async () => {
  await createPod(plane(), { name: "keeper", args: ["cm-logger", "--sandbox"] });
  const isRunning = ({ status }: { status: { phase: string } }) => status.phase === "Running";
  const { status: { podIP = "" } } = await untilPod(plane(), { name: "keeper" }, "runs", isRunning);
  // The node's end of every pod's network: the first of 128 addresses.
  const host = podIP.replace(/\d+$/, (last) => String((Number(last) & 128) + 1));
  await using server = new Scaletool(["httperf", "--listen", `${host}:0`, "--san", host]);
  const [, url = ""] = await server.line(/(https:\/\/[\d.]+:\d+)/);
  await using run = inCluster({
    id: "blocks",
    args: [
      ...["httperf", "--base-url", url, "--insecure"],
      ...["--connections", "2", "--threads", "4", "--duration", "4s"],
      ...["--blocks-per-request", "5", "--period", "20ms"],
    ],
  });
  await run.endsWell();
  const { service } = operationOf(run.report, "request");
  assert.ok(
    (service?.count ?? 0) > 0,
    `${run.program.stderr}\n${JSON.stringify(run.report.summary)}`,
  );
  await assertNothingLeft("blocks");
});

const LONG = [...DRIVER, "--lambda", "20", "--maxpop", "20", "--duration"];

interface LoggedChange {
  readonly atMs: number;
  readonly change: { readonly kind: string };
}

function changesOf(run: CommandRun, id: string): LoggedChange[] {
  return run.text(`scaletool-runs/${id}/run.jsonl`).trim().split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "change");
}

Deno.test("a rate, a pause and a mark are in force in all pods, and the run is judged by them", {
  ignore,
}, async () => {
  await using run = inCluster({ id: "steered", pods: 4, args: [...LONG, "12s"] });
  await untilUnderWay(run, "steered");
  const asked: readonly (readonly string[])[] = [
    ["rate", "60"],
    ["pause"],
    ["resume"],
    ["mark", "deployed"],
  ];
  for (const words of asked) {
    await using ctl = new Scaletool(["ctl", run.path("scaletool-runs/steered"), ...words]);
    const { code, stderr } = await ctl.finished();
    assert.equal(code, 0, stderr);
  }
  await run.endsWell();
  const changes = changesOf(run, "steered");
  assert.deepEqual(changes.map(({ change: { kind } }) => kind), [
    "rate",
    "pause",
    "resume",
    "mark",
  ]);
  assert.ok(createsOf(run.report) > 12 * 20 * 1.5, `${createsOf(run.report)}`);
  await assertNothingLeft("steered");
});

/** The process id of its kubelet, as this machine has it. */
function kubeletOf({ dir }: RealNode): number {
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => name).filter(Number);
  const isKubelet = (pid: string) => {
    try {
      const [program = "", ...args] = Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
      return program.endsWith("/kubelet") && args.some((one) => one.includes(`${dir}/`));
    } catch {
      return false; // it has ended
    }
  };
  const pid = pids.find(isKubelet);
  assert.ok(pid !== undefined, `no kubelet of ${dir}`);
  return Number(pid);
}

Deno.test("a node that is silent for half a minute costs no figure, and a change no truth", {
  ignore,
}, async () => {
  await using run = inCluster({ id: "silent", args: [...LONG, "15s"] });
  await untilUnderWay(run, "silent");
  const kubelet = kubeletOf(node());
  Deno.kill(kubelet, "SIGSTOP");
  try {
    await using ctl = new Scaletool(["ctl", run.path("scaletool-runs/silent"), "rate", "40"]);
    const { stderr } = await ctl.finished();
    assert.match(stderr, /40\/s is asked for, and generators 0 and 1 did not answer in 10s/);
    await run.program.line(/nothing is heard of generators 0 and 1/);
  } finally {
    Deno.kill(kubelet, "SIGCONT");
  }
  const { stderr } = await run.finished();
  assert.equal(run.report.end?.reason, "duration", stderr);
  assert.deepEqual(changesOf(run, "silent").map(({ change: { kind } }) => kind), ["rate"]);
  assert.ok(createsOf(run.report) > 15 * 20, `${createsOf(run.report)}`);
  assert.doesNotMatch(stderr, /is lost/);
  await assertNothingLeft("silent");
});

Deno.test("a pod that is deleted is named, and the run goes on without its share", {
  ignore,
}, async () => {
  await using run = inCluster({ id: "loses", args: [...LONG, "12s"] });
  await untilUnderWay(run, "loses");
  const [, second] = await podsOf("loses");
  await plane().admin(`/api/v1/namespaces/${PODS}/pods/${second}`, { method: "DELETE" });
  const { stderr, code } = await run.finished();
  assert.notEqual(code, 0, stderr);
  assert.match(stderr, /generator 1 is lost \([^)]*(deleted|terminated)/i);
  await assertNothingLeft("loses");
});

Deno.test("Ctrl-C ends the pods and leaves nothing", { ignore }, async () => {
  await using run = inCluster({ id: "interrupted", args: [...LONG, "5m"] });
  await untilUnderWay(run, "interrupted");
  Deno.kill(run.program.pid, "SIGINT");
  const { code, stderr } = await run.finished();
  assert.equal(code, 130, stderr);
  assert.ok(createsOf(run.report) > 0);
  await assertNothingLeft("interrupted");
});

Deno.test("after kill -9 the pods end by themselves, attach collects the run, cleanup removes it", {
  ignore,
}, async () => {
  await using run = inCluster({ id: "orphan", args: [...LONG, "12s"] });
  await untilUnderWay(run, "orphan");
  Deno.kill(run.program.pid, "SIGKILL");
  await run.finished();
  await using local = new CommandRun(
    ["report", "--attach", run.path("scaletool-runs/orphan"), "-o", "json"],
    { kubeconfig: plane().kubeconfig("load") },
  );
  await using elsewhere = new CommandRun(["report", "--attach", "orphan", "-o", "json"], {
    kubeconfig: plane().kubeconfig("load"),
  });
  const reports = await Promise.all(
    [local, elsewhere].map(async (one) => JSON.parse((await one.finished()).stdout) as Report),
  );
  const [first, second] = reports.map((report) => createsOf(report));
  assert.equal(first, second);
  assert.ok(first! > 12 * 20 / 2, `${first}`);
  assert.deepEqual(reports.map(({ end }) => end?.reason), ["duration", "duration"]);
  await using cleanup = new CommandRun(["cleanup", "--run-id", "orphan"], {
    kubeconfig: plane().kubeconfig("load"),
  });
  await cleanup.endsWith(0);
  await assertNothingLeft("orphan");
});

Deno.test("a pod without memory enough is told of by the kubelet's word", { ignore }, async () => {
  await using run = inCluster({
    id: "small",
    args: [...LONG, "5s", "--pods-requests", "memory=8Mi", "--pods-limits", "memory=16Mi"],
  });
  const { stderr } = await run.endsWith(1);
  assert.match(stderr, /OOMKilled/);
  await assertNothingLeft("small");
});

interface Refusal {
  readonly id: string;
  readonly args?: readonly string[];
  readonly user?: User;
  readonly says: RegExp;
  readonly before?: () => Promise<() => Promise<void>>;
}

const QUOTA = `/api/v1/namespaces/${PODS}/resourcequotas`;

const REFUSALS: readonly Refusal[] = [
  { id: "stranger", args: ["--image", "registry.test/stranger:1"], says: /ImagePullBackOff/ },
  {
    id: "homeless",
    args: ["--pods-namespace", "nowhere"],
    says:
      /^scaletool: Cannot find namespace "nowhere"; make it with: kubectl create namespace nowhere$/m,
  },
  { id: "nobody", user: "nobody", says: /may not .*create jobs\.batch in namespace generators/ },
  {
    id: "huge",
    args: ["--pods-requests", "cpu=500", "--pods-timeout", "5s"],
    says: /0 of 2 run after 5s \(--pods-timeout\); .*Unschedulable: .*Insufficient cpu/,
  },
  {
    id: "rationed",
    says: /exceeded quota: one/,
    before: async () => {
      const body = { metadata: { name: "one" }, spec: { hard: { pods: "1" } } };
      await plane().admin(QUOTA, { method: "POST", body });
      return async () => void await plane().admin(`${QUOTA}/one`, { method: "DELETE" });
    },
  },
];

for (const { id, args = [], user = "load", says, before } of REFUSALS) {
  Deno.test(`${id}: what stands against pods is one line, and nothing is left`, {
    ignore,
  }, async () => {
    const after = await before?.();
    try {
      await using run = inCluster({ id, user, args: [...LONG, "5s", ...args] });
      const { stderr } = await run.endsWith(1);
      assert.match(stderr, says);
      assert.deepEqual(run.runDirectories, []);
    } finally {
      await after?.();
    }
    await assertNothingLeft(id);
  });
}

Deno.test("an API server that is restarted amid a run costs no figure", { ignore }, async () => {
  await using run = inCluster({ id: "restarted", args: [...LONG, "20s"] });
  await untilUnderWay(run, "restarted");
  await plane().restart("apiserver");
  const { stderr } = await run.finished();
  assert.equal(run.report.end?.reason, "duration", stderr);
  assert.doesNotMatch(run.text("scaletool-runs/restarted/run.jsonl"), /"kind":"missing"/);
  await assertNothingLeft("restarted");
});

/** Names of the files that generators write to there. */
function logFilesOf({ dir }: RealNode): string[] {
  const pods = [...Deno.readDirSync(`${dir}/pods`)].filter(({ name }) =>
    name.includes("scaletool")
  );
  return pods.flatMap(({ name }) => {
    const folder = `${dir}/pods/${name}/scaletool`;
    return [...Deno.readDirSync(folder)].map((file) => `${name}/${file.name}`);
  });
}

Deno.test("pods are spread over two nodes, and logs that are rotated are whole", {
  ignore,
}, async () => {
  await using other = await RealNode.start(plane(), {
    address: "127.0.0.2",
    kubelet: { containerLogMaxSize: "64Ki", containerLogMonitorInterval: "3s" },
  });
  const load = ["--lambda", "60", "--maxpop", "60", "--duration", "20s"];
  await using run = inCluster({ id: "spread", args: [...DRIVER, ...load] });
  await untilUnderWay(run, "spread");
  const { items } = await plane().admin<{ items: { spec: { nodeName: string } }[] }>(
    `/api/v1/namespaces/${PODS}/pods?labelSelector=scaletool.io/run-id=spread`,
  );
  assert.deepEqual(items.map(({ spec }) => spec.nodeName).sort(), ["127.0.0.1", "127.0.0.2"]);
  await eventually("a log that is rotated", () => logFilesOf(other).length > 1);
  await run.endsWell();
  assert.doesNotMatch(run.text("scaletool-runs/spread/run.jsonl"), /"kind":"missing"/);
  await assertNothingLeft("spread");
});
