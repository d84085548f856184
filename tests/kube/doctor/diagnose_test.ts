/** The doctor as it is used: from the command line to the exit code, against a scripted API server. */
import assert from "node:assert/strict";
import { CannotRunError, UsageError } from "../../../core/errors.ts";
import type { KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { CONFIG_MAPS, NAMESPACES, type Resource } from "../../../kube/resource.ts";
import { type Answering, ApiPeer, peerIdentity, statusAnswer } from "../../support/api_peer.ts";
import { unreachableServer } from "../../support/api_target.ts";
import { TempDir } from "../../support/scaletool.ts";
import { diagnosed, findingsOf, MAKER, used } from "./doctored.ts";

const PODS: Resource = { ...CONFIG_MAPS, plural: "pods", kind: "Pod" };
const SSAR = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const WHO_AM_I = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";
const CONFIG_MAPS_PATH = "/api/v1/namespaces/default/configmaps";

/** An API server on which nothing stands against the run, unless the answers are changed. */
function apiServer(changes: Record<string, unknown> = {}): Answering {
  const empty = { metadata: {}, items: [] };
  const answers: Record<string, unknown> = {
    "GET /version": { gitVersion: "v1.36.3" },
    [WHO_AM_I]: { status: { userInfo: { username: "dev", groups: ["team"] } } },
    [SSAR]: { status: { allowed: true } },
    "GET /api/v1": { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] },
    "GET /api/v1/namespaces/default": { metadata: { name: "default" } },
    "GET /api/v1/namespaces/default/resourcequotas": empty,
    [`GET ${CONFIG_MAPS_PATH}`]: empty,
    ...changes,
  };
  return ({ method, path }) => {
    const answer = answers[`${method} ${path}`] ?? statusAnswer(404, { reason: "NotFound" });
    return answer instanceof Response ? answer.clone() : answer;
  };
}

/** What is found with these answers and flags, and what was asked. */
async function found(
  changes: Record<string, unknown> = {},
  { args = [], command = MAKER }: { args?: readonly string[]; command?: KubernetesCommand } = {},
) {
  await using peer = new ApiPeer(apiServer(changes));
  await using dir = new TempDir();
  const result = await diagnosed([
    "maker",
    ...["--kubeconfig", kubeconfig(dir, peer.url), "--out", dir.file("run")],
    ...args,
  ], { commands: [command] });
  return { ...result, lines: peer.lines, files: [...Deno.readDirSync(dir.path)] };
}

function kubeconfig(dir: TempDir, server: string): string {
  const path = dir.file("kubeconfig");
  const ca = new TextEncoder().encode(peerIdentity.caPem).toBase64();
  Deno.writeTextFileSync(
    path,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": ca } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return path;
}

Deno.test("where nothing stands against the run the exit code is 0, and nothing is written", async () => {
  const { code, json, lines, files } = await found();
  assert.deepEqual([code, json.exitCode, json.verdict], [0, 0, "ready"]);
  assert.deepEqual(
    json.findings.filter(({ status }) => status === "problem" || status === "warning"),
    [],
  );
  assert.deepEqual([json.command, json.user], ["maker", "dev"]);
  const reviews = [SSAR, WHO_AM_I];
  const writes = lines.filter((line) => !line.startsWith("GET ") && !reviews.includes(line));
  assert.deepEqual(writes, []);
  assert.deepEqual(files.map(({ name }) => name), ["kubeconfig"]);
});

Deno.test("a namespace that is missing is tried as a dry run", async () => {
  const forbidden = statusAnswer(403, { reason: "Forbidden", message: "no namespaces" });
  const missing = statusAnswer(404, { reason: "NotFound" });
  const { code, json, lines } = await found({
    "GET /api/v1/namespaces/default": missing,
    "POST /api/v1/namespaces": forbidden,
  });
  assert.deepEqual([code, json.verdict], [3, "problems"]);
  assert.ok(lines.includes("POST /api/v1/namespaces?fieldValidation=Strict&dryRun=All"));
  const made = await found({
    "GET /api/v1/namespaces/default": missing,
    "POST /api/v1/namespaces": { metadata: { name: "default" } },
  });
  assert.equal(made.code, 0);
});

Deno.test("flags, variables and a plan of the command count as for the command itself", async () => {
  const limit = { hard: { configmaps: "10" }, used: { configmaps: "0" } };
  const quotas = { metadata: {}, items: [{ metadata: { name: "q" }, spec: limit, status: limit }] };
  await using peer = new ApiPeer(
    apiServer({ "GET /api/v1/namespaces/default/resourcequotas": quotas }),
  );
  await using dir = new TempDir();
  const base = ["maker", "--kubeconfig", kubeconfig(dir, peer.url)];
  const files = { "plan.yaml": "maker: {n: 11}\n", "csv.yaml": "maker: {output: csv}\n" };
  const code = async (args: readonly string[], env: Record<string, string> = {}) =>
    (await diagnosed([...base, ...args], { env, files })).code;
  assert.equal(await code([]), 0);
  assert.equal(await code(["--n", "11"]), 3);
  assert.equal(await code(["-n=11"]), 3);
  assert.equal(await code([], { SCALETOOL_MAKER_N: "11" }), 3);
  assert.equal(await code(["--n", "10"], { SCALETOOL_MAKER_N: "11" }), 0);
  assert.equal(await code(["--plan", "plan.yaml"]), 3);
  assert.equal(await code([], { SCALETOOL_MAKER_PLAN: "plan.yaml" }), 3);
  // Formats of the run's own are no mistake where they are meant for the run.
  for (const given of [{ env: { SCALETOOL_MAKER_OUTPUT: "csv" } }, { files }]) {
    const plan = "files" in given ? ["--plan", "csv.yaml"] : [];
    const { stdout } = await used(["doctor", ...base, ...plan], given);
    assert.match(stdout, /^maker on https:/);
  }
});

Deno.test("of a command that makes several kinds each one is looked at", async () => {
  const cluster = {
    ...NAMESPACES,
    plural: "gates",
    kind: "Gate",
    group: "g.example",
    version: "v1",
  };
  const own = {
    ...CONFIG_MAPS,
    plural: "routes",
    kind: "Route",
    group: "g.example",
    version: "v1",
  };
  const objects = [
    { kind: CONFIG_MAPS, mostAtOnce: 10 },
    { kind: PODS, mostAtOnce: 4 },
    { kind: PODS, mostAtOnce: 2 },
    { kind: cluster, mostAtOnce: 1 },
    { kind: own, mostAtOnce: 1 },
  ];
  const command: KubernetesCommand = {
    ...MAKER,
    needs: async (invocation) => ({
      ...await MAKER.needs(invocation),
      definesKinds: [own],
      objects,
    }),
  };
  const hard = { configmaps: "10", pods: "5" };
  const quota = { metadata: { name: "q" }, status: { hard, used: { configmaps: "0", pods: "0" } } };
  const range = { metadata: { name: "l" }, spec: { limits: [{ type: "Pod", max: { cpu: "1" } }] } };
  const old = { metadata: { name: "a", labels: { "scaletool.io/run-id": "old" } } };
  const classified = (level: string) =>
    new Response('{"metadata": {}, "items": []}', {
      headers: {
        "content-type": "application/json",
        "x-kubernetes-pf-flowschema-uid": "s",
        "x-kubernetes-pf-prioritylevel-uid": level,
      },
    });
  const result = await found({
    "GET /api/v1": {
      resources: [
        { name: "configmaps", kind: "ConfigMap", namespaced: true },
        { name: "pods", kind: "Pod", namespaced: true },
      ],
    },
    "GET /apis/g.example/v1": { resources: [{ name: "gates", kind: "Gate", namespaced: false }] },
    "GET /apis/g.example/v1/gates": { metadata: {}, items: [old] },
    "GET /api/v1/namespaces/default/resourcequotas": { metadata: {}, items: [quota] },
    "GET /api/v1/namespaces/default/limitranges": { metadata: {}, items: [range] },
    [`GET ${CONFIG_MAPS_PATH}`]: classified("one"),
    "GET /api/v1/namespaces/default/pods": classified("other"),
  }, { command });
  const told = (id: string) =>
    findingsOf(result, id).map(({ status, what }) => `${status}: ${what}`);
  assert.deepEqual(findingsOf(result, "kind").map(({ subject }) => subject), [
    ...["ConfigMap (v1)", "Pod (v1)", "Gate (g.example/v1)"],
  ]);
  assert.deepEqual(told("quota").map((line) => line.replace(/"q" |in namespace.*has /g, "")), [
    "ok: quota allows 10 configmaps up to 10 at a time",
    "problem: quota allows 5 pods up to 6 at a time",
    'ok: no quota counts routes.g.example in namespace "default"',
  ]);
  assert.deepEqual(told("limit-range"), [
    'notice: limit range "l" in namespace "default": Pod max cpu=1',
  ]);
  assert.deepEqual(told("leftovers"), [
    'ok: no configmaps of earlier runs in namespace "default"',
    'ok: no pods of earlier runs in namespace "default"',
    'notice: 1 gates.g.example of run "old"',
    'ok: no routes.g.example of earlier runs in namespace "default"',
  ]);
  assert.deepEqual(
    told("flow-control").map((line) => line.replace(/^.*GET | (falls|does).*$/g, "")),
    [
      "/api/v1/namespaces/default/configmaps",
      "/api/v1/namespaces/default/pods",
      "/apis/g.example/v1/gates, /apis/g.example/v1/namespaces/default/routes",
    ],
  );
});

Deno.test("what cannot be asked is unknown, each for its reason, and hides nothing", async () => {
  const forbidden = statusAnswer(403, { reason: "Forbidden", message: "not you" });
  const result = await found({
    "GET /api/v1/namespaces/default": forbidden,
    "GET /api/v1/namespaces/default/resourcequotas": new Response("gone mad", { status: 500 }),
    [SSAR]: { status: {} },
  });
  assert.equal(result.code, 0);
  const told = (id: string) =>
    findingsOf(result, id).map(({ status, what }) => `${status}: ${what}`);
  assert.deepEqual(told("namespace"), ["unknown: This user may not look: not you"]);
  assert.deepEqual(told("quota"), ["unknown: Not known: gone mad (500)"]);
  assert.match(told("right")[0] ?? "", /^unknown: /);
  assert.match(told("flow-control")[0] ?? "", /^unknown: .* does not say/);
  assert.equal(findingsOf(result, "user")[0]?.status, "ok");
  assert.deepEqual(findingsOf(result, "leftovers").map(({ status }) => status), ["ok"]);
});

Deno.test("without an answer the exit code is 1, and this machine is looked at all the same", async () => {
  await using dir = new TempDir();
  const server = await unreachableServer();
  const result = await diagnosed(["maker", "--kubeconfig", kubeconfig(dir, server)]);
  assert.deepEqual([result.code, result.json.verdict, result.json.user], [1, "unreachable", null]);
  assert.equal(findingsOf(result, "tcp")[0]?.status, "problem");
  assert.equal(findingsOf(result, "cluster")[0]?.status, "unknown");
  for (const id of ["cpu", "memory", "open-files", "output"]) {
    assert.equal(findingsOf(result, id).length, 1, id);
  }
});

Deno.test("credentials and a kubeconfig that cannot be used are told apart from that", async () => {
  const unauthorized = statusAnswer(401, { reason: "Unauthorized", message: "Unauthorized" });
  const refused = await found({ "GET /version": unauthorized });
  assert.equal(refused.code, 1);
  assert.equal(findingsOf(refused, "authentication")[0]?.status, "problem");
  const none = await diagnosed(["maker", "--kubeconfig", "/nowhere"]);
  assert.deepEqual([none.code, none.json.server], [1, null]);
  assert.equal(
    findingsOf(none, "configuration")[0]?.what,
    '--kubeconfig: Cannot read kubeconfig "/nowhere": no such file',
  );
});

Deno.test("a server with a limit for one connection tells it, verified or not", async () => {
  for (const args of [[], ["--insecure-skip-tls-verify"]]) {
    const result = await found({}, { args });
    assert.match(
      findingsOf(result, "streams")[0]?.what ?? "",
      /^1 connection, on each of which .* \d+ /,
    );
  }
  const plain = await found({}, { args: ["--http1"] });
  assert.match(findingsOf(plain, "streams")[0]?.what ?? "", /^HTTP\/1\.1/);
});

Deno.test("flags of which no run can be made are refused as the command refuses them", async () => {
  for (const error of [new UsageError("--n is odd"), new CannotRunError("no manifest")]) {
    const command = { ...MAKER, needs: () => Promise.reject(error) };
    await assert.rejects(diagnosed(["maker"], { commands: [command] }), error);
  }
});

Deno.test("a format that the doctor does not have is refused when it is typed", async () => {
  await assert.rejects(used(["doctor", "maker", "-o", "csv"]), {
    name: "UsageError",
    message: '--output must be text, json, not "csv"',
  });
});
