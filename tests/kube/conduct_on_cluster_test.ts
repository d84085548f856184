/** One way onto a cluster: in which order, and what never gets as far as a request. */
import assert from "node:assert/strict";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import { resolveSettings } from "../../core/command/settings.ts";
import { CannotRunError, UsageError } from "../../core/errors.ts";
import { EXIT_CODE } from "../../core/exit_code.ts";
import type { RunPlan } from "../../core/run/run_plan.ts";
import { CLUSTER_FLAGS } from "../../kube/cluster_flags.ts";
import {
  type ClusterUse,
  conductOnCluster,
  identified,
  planOnSession,
} from "../../kube/conduct_on_cluster.ts";
import type { ClusterNeeds } from "../../kube/kubernetes_command.ts";
import { CONFIG_MAPS, type Resource } from "../../kube/resource.ts";
import { Conducted } from "../core/run/conducted.ts";
import { ApiPeer, statusAnswer } from "../support/api_peer.ts";
import { recordingIo } from "../support/recording_io.ts";
import { TempDir } from "../support/scaletool.ts";

const WIDGET = { apiVersion: "example.com/v1", kind: "Widget" };
const WIDGETS: Resource = {
  group: "example.com",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: false,
};
const REVIEW = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

const NEEDS: ClusterNeeds = {
  rights: [
    { verb: "create", kind: WIDGET, namespace: "a" },
    { verb: "create", kind: WIDGET, namespace: "b" },
    { verb: "list", kind: CONFIG_MAPS, namespace: "a" },
    { verb: "list", kind: { apiVersion: "v9", kind: "Comfort" }, onlyFor: "comfort" },
  ],
  namespaces: ["a", "b"],
  createsNamespaces: false,
  requestsPerSec: null,
  connections: 1,
  watches: 0,
};

const PLAN: RunPlan = {
  target: "a test",
  model: "nothing",
  targetRatePerSec: null,
  defaultThresholds: [],
  mainOperation: "create",
  instrument: (run) => Promise.resolve(run.begin()),
};

/** An API server that serves Widgets and grants all but what is named. */
function apiServer({ refuses, reviews = true }: { refuses?: string; reviews?: boolean } = {}) {
  return new ApiPeer(({ method, path, body }) => {
    if (path === "/version") return { gitVersion: "v1.36.3" };
    if (path === "/apis/example.com/v1") {
      return { resources: [{ name: "widgets", kind: "Widget", namespaced: false }] };
    }
    if (`${method} ${path}` !== REVIEW || !reviews) {
      return statusAnswer(404, { reason: "NotFound" });
    }
    const { verb, resource } = JSON.parse(body).spec.resourceAttributes;
    return { status: { allowed: `${verb} ${resource}` !== refuses } };
  }, { identity: undefined });
}

/** Uses a command whose run is this; what it wrote, and which plans it made. */
async function used(
  peer: ApiPeer,
  { needs = NEEDS, plan = () => PLAN, ...use }: Partial<ClusterUse> = {},
) {
  await using dir = new TempDir();
  const { values, shown } = resolveSettings({ ...CLUSTER_FLAGS, ...RUN_FLAGS }, {
    command: "driver",
    flags: { server: [peer.url], out: [dir.file("run")], "run-id": ["r1"], quiet: ["true"] },
    env: () => undefined,
  });
  const { io, output } = recordingIo();
  const invocation = identified({ command: "driver", values, shown, positionals: [], io });
  const exitCode = await conductOnCluster(invocation, { needs, plan, ...use });
  const manifest = use.dryRun
    ? {}
    : JSON.parse(Deno.readTextFileSync(dir.file("run/manifest.json")));
  return { exitCode, output, manifest };
}

Deno.test("a given run id and seed are the run's, else they are new", () => {
  const named = (given: Record<string, string>) => {
    const { values, shown } = resolveSettings({ ...CLUSTER_FLAGS, ...RUN_FLAGS }, {
      command: "driver",
      flags: Object.fromEntries(Object.entries(given).map(([name, text]) => [name, [text]])),
      env: () => undefined,
    });
    const { io } = recordingIo();
    return identified({ command: "driver", values, shown, positionals: [], io });
  };
  const given = named({ "run-id": "run.7", seed: "42" });
  assert.deepEqual(given.identity, { runId: "run.7", command: "driver" });
  assert.deepEqual([given.values["run-id"], given.values.seed], ["run.7", 42]);
  const drawn = named({});
  assert.match(drawn.identity.runId, /^\d{8}-\d{6}-\d{4}$/);
  assert.equal(drawn.values["run-id"], drawn.identity.runId);
  assert.ok(drawn.values.seed >= 1 && Number.isSafeInteger(drawn.values.seed));
  assert.throws(() => named({ "run-id": "Not/A/Name" }), UsageError);
});

Deno.test("kinds are looked up once and needed rights asked, each once, before there is a plan", async () => {
  await using peer = apiServer();
  const atPlan: string[] = [];
  const { exitCode, manifest } = await used(peer, {
    plan: ({ resourceOf, servers }) => {
      assert.deepEqual(resourceOf(WIDGET), WIDGETS);
      assert.deepEqual(resourceOf(CONFIG_MAPS), CONFIG_MAPS);
      assert.throws(() => resourceOf({ ...WIDGET }), RangeError);
      assert.deepEqual(servers, [peer.url]);
      atPlan.push(...peer.lines);
      return PLAN;
    },
  });
  assert.equal(exitCode, EXIT_CODE.inconclusive); // it measured nothing
  const asked = atPlan.filter((line) => line === REVIEW || line.includes("example.com"));
  assert.deepEqual(asked, ["GET /apis/example.com/v1", REVIEW, REVIEW]);
  assert.equal(peer.lines.some((line) => line.includes("v9")), false);
  assert.deepEqual([manifest.runId, manifest.target], ["r1", "a test"]);
  assert.equal(manifest.facts["server version"], "v1.36.3");
});

Deno.test("a right that is missing is one line, and there is no plan", async () => {
  await using peer = apiServer({ refuses: "create widgets" });
  const plan = () => assert.fail("a plan was made");
  await assert.rejects(used(peer, { plan }), (error: Error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(error.message, /^The user may not create widgets\.example\.com; grant it with: /);
    return true;
  });
});

Deno.test("only a server that was put in the target's place need not answer for permissions", async () => {
  await using peer = apiServer({ reviews: false });
  await assert.rejects(used(peer), CannotRunError);
  const { exitCode } = await used(peer, { retarget: (target) => target });
  assert.equal(exitCode, EXIT_CODE.inconclusive); // it measured nothing
});

Deno.test("a dry run and too many sockets contact nobody", async () => {
  await using peer = apiServer();
  const { output, exitCode } = await used(peer, { dryRun: [{ title: "load", value: "none" }] });
  assert.deepEqual([exitCode, output.stdout], [0, "load  none\n"]);
  const needs = { ...NEEDS, otherSockets: 1e12 };
  await assert.rejects(used(peer, { needs }), /^CannotRunError: Too many sockets .*; ulimit -n /);
  assert.deepEqual(peer.lines, []);
});

Deno.test("the session's words and figures stand beside the plan's, and the last proof comes last", async () => {
  const order: string[] = [];
  const plan = planOnSession({
    facts: { user: "me" },
    warnings: [{ code: "relayed", message: "slow" }],
    flow: { reset() {}, flush: () => void order.push("flow") },
    waits: { flush() {} },
    life: {
      flush: () => void order.push("life"),
      finish: () => Promise.resolve(void order.push("proof")),
    },
  }, {
    ...PLAN,
    facts: { objects: "none" },
    warnings: [{ code: "mine", message: "too" }],
    measures: { counters: [{ name: "own" }], others: [] },
    instrument: async (run) => {
      await run.clock.sleepUntil(run.clock.now() + 1_500); // one flush: getting ready is no load
      run.begin();
      await run.clock.sleepUntil(run.clock.now() + 1_000);
      order.push("worked");
    },
  });
  assert.deepEqual(plan.facts, { user: "me", objects: "none" });
  assert.deepEqual(plan.warnings?.map(({ code }) => code), ["relayed", "mine"]);
  assert.ok(plan.measures?.counters.some(({ name }) => name === "own"));
  assert.ok(plan.measures?.counters.some(({ name }) => name === "connectionsLost"));
  await using conducted = new Conducted(plan);
  await conducted.clock.advance(3_000);
  await conducted.exitCode;
  assert.deepEqual(order, ["life", "flow", "life", "worked", "proof", "flow", "life"]);
});
