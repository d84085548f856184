/** What `scaletool doctor` says of a real cluster, as each of its users. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../program.ts";
import type { KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { type Diagnosed, diagnosed, findingsOf, type Told } from "../kube/doctor/doctored.ts";
import { freePort, hasPeer, TempDir } from "../support/scaletool.ts";
import { clusterOfFile, createNamespaces, eventually, originOf } from "./cluster_state.ts";
import { shell } from "./command_run.ts";
import type { User } from "./control_plane.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "own", "counted", "ending", "littered");
});

const KUBERNETES_COMMANDS = COMMANDS.filter((command): command is KubernetesCommand =>
  "needs" in command
);

/** The doctor's words on a command line, as a user. */
async function doctor(
  args: readonly string[],
  { user = "load" }: { user?: User } = {},
): Promise<Diagnosed> {
  await using dir = new TempDir();
  const [name = "", ...rest] = args;
  return await diagnosed(
    [name, "--kubeconfig", plane().kubeconfig(user), "--out", dir.file("run"), ...rest],
    { commands: KUBERNETES_COMMANDS },
  );
}

function withStatus({ json }: Diagnosed, ...statuses: string[]): readonly Told[] {
  return json.findings.filter(({ status }) => statuses.includes(status));
}

async function post(path: string, body: Record<string, unknown>): Promise<void> {
  await plane().admin(path, { method: "POST", body });
}

for (const { name } of KUBERNETES_COMMANDS) {
  Deno.test(`${name} can run as an ordinary user who may do everything`, { ignore }, async () => {
    const result = await doctor([name, "--namespace", "own"]);
    assert.equal(result.code, 0, result.stdout);
    assert.deepEqual(withStatus(result, "problem", "warning", "unknown", "notice"), []);
    assert.equal(result.json.user, "load");
    const [flow] = findingsOf(result, "flow-control");
    assert.match(flow?.what ?? "", /flow schema "global-default", .* shares .* seats, .* wait/);
    const [streams] = findingsOf(result, "streams");
    assert.match(streams?.what ?? "", /takes \d+ requests at a time/);
  });
}

Deno.test("whoever is in system:masters is warned, and can run", { ignore }, async () => {
  const result = await doctor(["cmdriver", "--namespace", "own"], { user: "admin" });
  assert.equal(result.code, 0);
  assert.deepEqual(withStatus(result, "warning", "problem").map(({ id }) => id), ["user"]);
  assert.match(findingsOf(result, "flow-control")[0]?.what ?? "", /priority level "exempt"/);
});

Deno.test("who may do nothing is told each missing right, and the commands grant it", {
  ignore: ignore || !hasPeer("kubectl"),
}, async () => {
  const line = ["flunder-driver", "--namespace", "own", "--create-namespace=false"];
  const result = await doctor(line, { user: "nobody" });
  assert.equal(result.code, 3);
  const missing = withStatus(result, "problem");
  assert.deepEqual(
    missing.map(({ id, subject }) => `${id} ${subject}`),
    ["create", "delete", "list"].map((verb) =>
      `right ${verb} flunders.wardle.example.com in namespace own`
    ),
  );
  const unknown = withStatus(result, "unknown");
  assert.deepEqual(
    unknown.map(({ id }) => id),
    ["namespace", "quota", "flow-control", "leftovers"],
  );
  for (const { what } of unknown) assert.match(what, /User "nobody" cannot /);
  for (const { fix } of missing) await shell(fix ?? "false", plane().kubeconfig("admin"));
  const granted = await doctor(line, { user: "nobody" });
  assert.equal(granted.code, 0, granted.stdout);
});

Deno.test(
  "an expired certificate, a silent port and wrong words are told apart",
  { ignore },
  async () => {
    const expired = await doctor(["cmdriver"], { user: "cert-user-expired" });
    const https = (origin: string) => origin.replace("http:", "https:");
    const cases: readonly [what: Diagnosed, id: string, says: RegExp][] = [
      [expired, "configuration", /^The client certificate of user .* expired on /],
      [await doctor(["cmdriver", "--server", `https://127.0.0.1:${freePort()}`]), "tcp", /refused/],
      [await doctor(["cmdriver", "--server", "https://nobody.invalid"]), "dns", /nobody\.invalid/],
      [await doctor(["cmdriver", "--server", https(originOf(plane(), "etcd"))]), "tls", /./],
      [
        await doctor([
          "cmdriver",
          "--certificate-authority",
          `${plane().dir}/pki/front-proxy-ca.crt`,
        ]),
        "tls",
        /UnknownIssuer/,
      ],
      [await doctor(["cmdriver", "--token", "none"]), "authentication", /does not accept/],
      [
        await doctor(["cmdriver", "--as", "bob"], { user: "nobody" }),
        "impersonation",
        /impersonate/,
      ],
    ];
    for (const [result, id, says] of cases) {
      assert.deepEqual([result.code, result.json.verdict], [1, "unreachable"], id);
      const [problem, ...others] = withStatus(result, "problem");
      assert.deepEqual([problem?.id, others], [id, []]);
      assert.match(problem?.what ?? "", says);
      assert.ok(problem?.why && problem.fix, id);
    }
  },
);

Deno.test("a quota counts what is there, and its fix makes room", {
  ignore: ignore || !hasPeer("kubectl"),
}, async () => {
  await post("/api/v1/namespaces/counted/resourcequotas", {
    metadata: { name: "few" },
    spec: { hard: { "count/configmaps": "20" } },
  });
  const line = [
    "cmdriver",
    "--namespace",
    "counted",
    "--lambda",
    "50",
    "--maxpop",
    "20",
    "--n",
    "25",
  ];
  let result = await doctor(line);
  await eventually("the quota is counted", async () => {
    result = await doctor(line);
    return findingsOf(result, "quota")[0]?.status !== "unknown";
  });
  assert.equal(result.code, 3, result.stdout);
  const [quota] = withStatus(result, "problem");
  // Each namespace has the ConfigMap kube-root-ca.crt.
  assert.equal(
    quota?.what,
    'quota "few" allows 20 count/configmaps in namespace "counted", 1 are used: 19 more fit, and the run has up to 25 at a time',
  );
  const [patch = "false"] = quota.fix?.split(", or ") ?? [];
  await shell(patch, plane().kubeconfig("admin"));
  await eventually("the new limit holds", async () => (await doctor(line)).code === 0);
});

Deno.test("a namespace that is held is a problem with what holds it", { ignore }, async () => {
  await post("/api/v1/namespaces/ending/configmaps", {
    metadata: { name: "held", finalizers: ["example.com/hold"] },
  });
  await plane().admin("/api/v1/namespaces/ending", { method: "DELETE" });
  let result = await doctor(["cmdriver", "--namespace", "ending"]);
  await eventually("the namespace controller says what is in the way", async () => {
    result = await doctor(["cmdriver", "--namespace", "ending"]);
    return result.code === 3;
  });
  const [problem] = withStatus(result, "problem");
  assert.equal(problem?.id, "namespace");
  assert.match(problem.what, /"ending" has been Terminating for .*example\.com\/hold/);
  const watching = await doctor(["cm-logger", "--namespace", "ending"]);
  assert.equal(watching.code, 0, "whoever only watches can");
  await plane().admin("/api/v1/namespaces/ending/configmaps/held", {
    method: "PATCH",
    body: { metadata: { finalizers: null } },
  });
});

Deno.test("a missing namespace is fine if the run may make it", { ignore }, async () => {
  const line = ["cmdriver", "--namespace", "absent"];
  assert.equal((await doctor(line)).code, 0);
  assert.equal((await doctor([...line, "--create-namespace=false"])).code, 3);
  const { status } = await plane().request("admin", "/api/v1/namespaces/absent");
  assert.equal(status, 404, "nothing was made");
});

Deno.test(
  "leftovers are told by run, and stand in the way of a run of that name",
  { ignore },
  async () => {
    const labels = {
      "app.kubernetes.io/managed-by": "scaletool",
      "scaletool.io/run-id": "old",
    };
    for (const name of ["a", "b"]) {
      await post("/api/v1/namespaces/littered/configmaps", { metadata: { name, labels } });
    }
    const line = ["cmdriver", "--namespace", "littered"];
    const result = await doctor(line);
    assert.equal(result.code, 0);
    assert.deepEqual(
      findingsOf(result, "leftovers").map(({ status, what, fix }) => [status, what, fix]),
      [[
        "notice",
        '2 configmaps of run "old" in namespace "littered"',
        "scaletool cleanup --run-id old",
      ]],
    );
    assert.equal((await doctor([...line, "--run-id", "old"])).code, 3);
  },
);

Deno.test("more connections than this process may open are a problem", {
  ignore: ignore || Deno.build.os !== "linux",
}, async () => {
  const result = await doctor(["cmdriver", "--namespace", "own", "--conns", "100000000"]);
  assert.equal(result.code, 3);
  assert.deepEqual(withStatus(result, "problem").map(({ id }) => id), ["open-files"]);
});

Deno.test(
  "a kind that the server does not serve, and one whose server is gone",
  { ignore },
  async () => {
    await using dir = new TempDir();
    const manifest = dir.file("gadget.yaml");
    Deno.writeTextFileSync(manifest, "apiVersion: example.com/v1\nkind: Gadget\n");
    const gadget = await doctor(["cmdriver", "--namespace", "own", "--kind", manifest]);
    assert.equal(gadget.code, 3);
    assert.deepEqual(withStatus(gadget, "problem").map(({ id }) => id), ["kind"]);
    await plane().stop("wardle");
    await eventually("the APIService is not Available", async () => {
      const gone = await doctor(["flunder-driver", "--namespace", "own"]);
      const [problem] = withStatus(gone, "problem");
      return gone.code === 3 && problem?.id === "kind" &&
        /^APIService is not Available: /.test(problem.what);
    });
  },
);
