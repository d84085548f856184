import assert from "node:assert/strict";
import type { CleanupResult } from "../../kube/cleanup/result.ts";
import { commandLine, hasPeer } from "../support/scaletool.ts";
import {
  assertNothingLeft,
  clusterOfFile,
  CONFIG_MAPS,
  createNamespaces,
  eventually,
  FLUNDERS,
  objectsOf,
  untilThereAre,
} from "./cluster_state.ts";
import { type CommandRun, shell, startCommand } from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

const LEASES = "/apis/coordination.k8s.io/v1/leases";
/** Removing a namespace takes its controller 5 s, so scenarios run beside each other. */
const AT_ONCE = 4;

interface Driver {
  readonly args: readonly string[];
  readonly collection: string;
}

const ENDLESS = ["--lambda", "40", "--maxpop", "20", "--duration", "1m"];
const DRIVERS: Readonly<Record<string, Driver>> = {
  cmdriver: { args: ["cmdriver", ...ENDLESS], collection: CONFIG_MAPS },
  cmdriverclosed: {
    args: ["cmdriverclosed", "--n", "10000", "--threads", "4", "--maxpop", "50"],
    collection: CONFIG_MAPS,
  },
  "flunder-driver": { args: ["flunder-driver", ...ENDLESS], collection: FLUNDERS },
};

/** Resolves when the run is in that phase. */
interface Phase {
  readonly name: string;
  readonly reached: (
    run: CommandRun,
    place: { runId: string; collection: string },
  ) => Promise<void>;
}

async function untilNamespace(runId: string): Promise<void> {
  const path = `/api/v1/namespaces/${runId}`;
  await eventually(path, async () => (await plane().request("admin", path)).status === 200);
}

const PHASES: readonly Phase[] = [
  {
    name: "its namespace has just been made",
    reached: (_, { runId }) => untilNamespace(runId),
  },
  {
    name: "its record has just been written",
    reached: async (_, { runId }) => {
      await untilThereAre(1, { plane: plane(), runId, collection: LEASES });
    },
  },
  {
    name: "its objects come and go",
    reached: async (_, { runId, collection }) => {
      await untilThereAre(15, { plane: plane(), runId, collection });
    },
  },
  {
    name: "it cleans up after SIGINT",
    reached: async (run, { runId, collection }) => {
      await untilThereAre(15, { plane: plane(), runId, collection });
      run.program.kill("SIGINT");
      await run.program.line(/SIGINT: stopping/);
    },
  },
  {
    name: "it removes its namespace",
    reached: async (run, { runId, collection }) => {
      await untilThereAre(5, { plane: plane(), runId, collection });
      run.program.kill("SIGTERM");
      await run.program.line(/namespace ".*" is not gone yet/);
    },
  },
];

Deno.test("kill -9 and then cleanup leave nothing of", { ignore }, async (t) => {
  const scenarios = Object.entries(DRIVERS)
    .flatMap(([command, driver]) => PHASES.map((phase) => ({ command, driver, phase })));
  const waiting = scenarios.entries();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [index, { command, driver, phase }] of waiting) {
      await t.step({
        name: `${command} while ${phase.name}`,
        fn: () => killAndCleanUp(`killed-${index}`, { driver, phase }),
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  }));
});

async function killAndCleanUp(
  runId: string,
  { driver, phase }: { driver: Driver; phase: Phase },
): Promise<void> {
  const { args, collection } = driver;
  await using run = start([...args, "--namespace", runId, "--run-id", runId]);
  await phase.reached(run, { runId, collection });
  run.program.kill("SIGKILL");
  await run.finished();
  const result = await cleanUp(["--run-id", runId], 0);
  assert.ok(result.runs.every(({ state }) => state === "deleted"));
  await assertAllGone(runId);
  const { runs } = await cleanUp(["--run-id", runId], 0);
  assert.deepEqual(runs, [], "a second time there is nothing to do");
}

function start(args: readonly string[], user: "load" | "nobody" = "load"): CommandRun {
  return startCommand(plane(), args, { user });
}

/** Runs it in a folder of its own, as another machine would. */
async function cleanUp(
  args: readonly string[],
  code: number,
  { user = "load" }: { user?: "load" | "nobody" } = {},
): Promise<CleanupResult> {
  await using cleanup = start(["cleanup", ...args, "-o", "json"], user);
  return JSON.parse((await cleanup.endsWith(code)).stdout);
}

async function assertAllGone(runId: string): Promise<void> {
  await assertNothingLeft(plane(), { runId });
  assert.deepEqual(await objectsOf(plane(), { runId, collection: LEASES }), []);
}

Deno.test("a run that ends by itself leaves no record", { ignore }, async () => {
  await createNamespaces(plane(), "tidy");
  const place = ["--namespace", "tidy", "--run-id", "tidy"];
  await using run = start(["cmdriver", ...place, "--lambda", "100", "--n", "5", "--maxpop", "2"]);
  await run.endsWell();
  await assertAllGone("tidy");
});

Deno.test(
  "--all leaves a living run alone, and takes those that are over",
  { ignore },
  async () => {
    await createNamespaces(plane(), "living", "kept", "unrecorded");
    await using living = start([
      "cmdriver",
      ...ENDLESS,
      "--namespace",
      "living",
      "--run-id",
      "living",
    ]);
    const keep = ["--keep", "always", "--lambda", "200", "--ttl", "1m", "--n", "20"];
    await using kept = start(["cmdriver", ...keep, "--namespace", "kept", "--run-id", "kept"]);
    await untilThereAre(20, { plane: plane(), runId: "kept" });
    kept.program.kill("SIGINT");
    await kept.endsWith(130);
    await using lost = start(
      ["flunder-driver", ...ENDLESS, "--namespace", "unrecorded", "--run-id", "unrecorded"],
    );
    await untilThereAre(5, { plane: plane(), runId: "unrecorded", collection: FLUNDERS });
    lost.program.kill("SIGKILL");
    await lost.finished();
    await plane().admin(
      "/apis/coordination.k8s.io/v1/namespaces/unrecorded/leases/scaletool-run-unrecorded",
      { method: "DELETE" },
    );
    await untilThereAre(5, { plane: plane(), runId: "living" });
    const statesOf = ({ runs }: CleanupResult) => runs.map(({ runId, state }) => [runId, state]);
    const shown = await cleanUp(["--all", "--dry-run"], 0);
    assert.deepEqual(statesOf(shown), [
      ["kept", "would be deleted"],
      ["living", "alive"],
      ["unrecorded", "would be deleted"],
    ]);
    assert.equal((await objectsOf(plane(), { runId: "kept", collection: CONFIG_MAPS })).length, 20);
    const result = await cleanUp(["--all"], 3);
    assert.deepEqual(statesOf(result), [
      ["kept", "deleted"],
      ["living", "alive"],
      ["unrecorded", "deleted"],
    ]);
    assert.deepEqual(result.runs.map(({ hasRecord }) => hasRecord), [true, true, false]);
    await assertAllGone("kept");
    await assertAllGone("unrecorded");
    assert.ok((await objectsOf(plane(), { runId: "living", collection: CONFIG_MAPS })).length > 0);
    assert.deepEqual(statesOf(await cleanUp(["--older-than", "1h"], 0)), []);
    living.program.kill("SIGINT");
    await living.endsWith(130);
    await assertAllGone("living");
  },
);

const MANAGED = { "app.kubernetes.io/managed-by": "scaletool" };

async function makeConfigMap(
  namespace: string,
  metadata: { name: string; labels?: Record<string, string>; finalizers?: string[] },
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await plane().admin(path, { method: "POST", body: { metadata } });
}

async function namesIn(namespace: string): Promise<string[]> {
  const { items } = await plane().admin<{ items: { metadata: { name: string } }[] }>(
    `/api/v1/namespaces/${namespace}/configmaps`,
  );
  return items.map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt");
}

Deno.test("what lacks one of the two labels is never touched", { ignore }, async () => {
  await createNamespaces(plane(), "foreign");
  const runLabel = { "scaletool.io/run-id": "foreign" };
  await makeConfigMap("foreign", { name: "both", labels: { ...MANAGED, ...runLabel } });
  await makeConfigMap("foreign", { name: "managed", labels: MANAGED });
  await makeConfigMap("foreign", { name: "other-tool", labels: runLabel });
  await makeConfigMap("foreign", { name: "plain" });
  await cleanUp(["--run-id", "foreign"], 0);
  assert.deepEqual(await namesIn("foreign"), ["managed", "other-tool", "plain"]);
});

Deno.test(
  "what finalizers hold is left with the command that lets it go",
  { ignore: ignore || !hasPeer("kubectl") },
  async () => {
    await createNamespaces(plane(), "held");
    const labels = { ...MANAGED, "scaletool.io/run-id": "held" };
    await makeConfigMap("held", { name: "a", labels, finalizers: ["example.com/hold"] });
    await makeConfigMap("held", { name: "b", labels });
    const { runs: [run] } = await cleanUp(["--run-id", "held"], 3);
    assert.equal(run?.state, "left");
    assert.deepEqual(run?.kinds.map(({ found, left }) => [found, left]), [[2, 1]]);
    const [{ what, why, command } = {}] = run?.left ?? [];
    assert.equal(what, "1 configmaps in namespace held");
    assert.match(why ?? "", /^held by finalizers example\.com\/hold: /);
    await shell(command!, plane().kubeconfig("load"));
    await assertAllGone("held");
  },
);

Deno.test(
  "a user who may not delete is told what to grant; with that in one namespace, it goes",
  { ignore: ignore || !hasPeer("kubectl") },
  async () => {
    await createNamespaces(plane(), "granted");
    const labels = { ...MANAGED, "scaletool.io/run-id": "granted" };
    await makeConfigMap("granted", { name: "a", labels });
    const args = ["--run-id", "granted", "-n", "granted"];
    await using refused = start(["cleanup", ...args], "nobody");
    const { stderr } = await refused.endsWith(1);
    assert.match(stderr, /^scaletool: Cannot clean up: user "nobody" may list nothing/m);
    const admin = plane().kubeconfig("load");
    const role = "-n granted --verb=list,get --resource=configmaps,leases.coordination.k8s.io";
    await shell(
      `kubectl create role look ${role} && ` +
        "kubectl create rolebinding look -n granted --role=look --user=nobody",
      admin,
    );
    const { runs: [run] } = await cleanUp(args, 3, { user: "nobody" });
    const [{ why, command } = {}] = run?.left ?? [];
    assert.equal(why, 'user "nobody" may not delete configmaps');
    await shell(command!, admin);
    const { runs: [again], notLookedAt } = await cleanUp(args, 3, { user: "nobody" });
    assert.equal(again?.state, "deleted");
    assert.ok(notLookedAt.some(({ what }) => what === "secrets in namespace granted"));
    assert.deepEqual(await namesIn("granted"), []);
  },
);

Deno.test(
  "a cleaning that takes too long, or is interrupted, tells what is left",
  { ignore },
  async () => {
    await createNamespaces(plane(), "cut-off");
    const labels = { ...MANAGED, "scaletool.io/run-id": "cut-off" };
    await makeConfigMap("cut-off", { name: "a", labels, finalizers: ["example.com/hold"] });
    const { runs: [run], cutOff } = await cleanUp(["--run-id", "cut-off", "--timeout", "1s"], 3);
    assert.equal(cutOff, "not done within 1s (--timeout)");
    assert.deepEqual(run?.left.map(({ what, why }) => [what, why]), [
      ["some configmaps in namespace cut-off", cutOff],
    ]);
    await using interrupted = start(["cleanup", "--run-id", "cut-off"]);
    await interrupted.program.line(/deleting 1 configmaps/);
    interrupted.program.kill("SIGINT");
    const { stdout } = await interrupted.endsWith(130);
    assert.match(stdout, /^left of run cut-off: some configmaps .*: SIGINT: cut off$/m);
    await plane().admin("/api/v1/namespaces/cut-off/configmaps/a", {
      method: "PATCH",
      body: { metadata: { finalizers: null } },
    });
    await assertAllGone("cut-off");
  },
);

Deno.test(
  "on a terminal --all shows what would go, and deletes it with --yes",
  { ignore: ignore || !hasPeer("script") },
  async () => {
    await createNamespaces(plane(), "typed");
    const labels = { ...MANAGED, "scaletool.io/run-id": "typed" };
    await makeConfigMap("typed", { name: "a", labels });
    const onTerminal = async (...args: string[]) => {
      const { command, args: all } = commandLine(["cleanup", "--older-than", "0s", ...args]);
      const line = [command, ...all].map((word) => `'${word}'`).join(" ");
      const { code, stdout } = await new Deno.Command("script", {
        args: ["--quiet", "--return", "--command", line, "/dev/null"],
        env: { KUBECONFIG: plane().kubeconfig("load"), NO_COLOR: "1" },
        stdin: "null",
      }).output();
      return { code, text: new TextDecoder().decode(stdout) };
    };
    const shown = await onTerminal();
    assert.equal(shown.code, 2, shown.text);
    assert.match(shown.text, /would delete 1 object of 1 run\r?\n/);
    assert.match(shown.text, /scaletool: nothing was deleted; delete this with --yes/);
    assert.deepEqual(await namesIn("typed"), ["a"]);
    const deleted = await onTerminal("--yes");
    assert.equal(deleted.code, 0, deleted.text);
    assert.deepEqual(await namesIn("typed"), []);
  },
);
