import assert from "node:assert/strict";
import { freePort, hasPeer, Scaletool, TempDir } from "../support/scaletool.ts";
import { assertNothingLeft, clusterOfFile, createNamespaces, originOf } from "./cluster_state.ts";
import { shell, startCommand } from "./command_run.ts";

const { ignore, plane } = await clusterOfFile({ without: ["scheduler", "kwok"] });

Deno.test.beforeAll(async () => {
  if (!ignore) await createNamespaces(plane(), "own");
});

const withoutKubectl = ignore || !hasPeer("kubectl");

const LOAD = ["--lambda", "100", "--n", "5", "--maxpop", "5"];

interface Refusal {
  readonly name: string;
  readonly args: () => readonly string[];
  /** What the one line says, the way out included. */
  readonly says: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    name: "a kubeconfig that is not there",
    args: () => ["--kubeconfig", "/nowhere/config"],
    says: /^scaletool: --kubeconfig: Cannot read kubeconfig "\/nowhere\/config": no such file/,
  },
  {
    name: "a context that the kubeconfig does not have",
    args: () => ["--context", "prod"],
    says: /^scaletool: --context is "prod", which kubeconfig "\/.*\/load\.yaml" does not have; /,
  },
  {
    name: "a server that nobody listens at",
    args: () => ["--server", `https://127.0.0.1:${freePort()}`],
    says:
      /^scaletool: Cannot reach https:.* \(context "scaletool-test"\): .*refused.*; check that it/,
  },
  {
    name: "a server that speaks no TLS",
    args: () => ["--server", originOf(plane(), "etcd").replace("http:", "https:")],
    says: /^scaletool: Cannot reach https:.* \(context "scaletool-test"\): .*tls.*; check /i,
  },
  {
    name: "an expired client certificate",
    args: () => ["--kubeconfig", plane().kubeconfig("cert-user-expired")],
    says: /^scaletool: The client certificate of user "scaletool-test" .* expired on .*: renew it/,
  },
  {
    name: "a server certificate of an unknown authority",
    args: () => ["--certificate-authority", `${plane().dir}/pki/front-proxy-ca.crt`],
    says: /^scaletool: Cannot reach .*UnknownIssuer.*; name the authority's with --certificate-/,
  },
  {
    name: "a token that the server does not know",
    args: () => ["--token", "no-such-token"],
    says:
      /^scaletool: https:.* does not accept the credentials of user "scaletool-test": .*; log in/,
  },
  {
    name: "a namespace that is missing and may not be made",
    args: () => ["--namespace", "missing", "--create-namespace=false"],
    says:
      /^scaletool: Cannot find namespace "missing"; make it with: kubectl create namespace missi/,
  },
  {
    name: "a kind that the server does not have",
    args: () => ["--kind", "object.yaml"],
    says: /^scaletool: .*Gadget.*example\.com\/v1/,
  },
  {
    name: "objects that the server refuses",
    args: () => ["--namespace", "own", "--kind", "invalid.yaml"],
    says: /^scaletool: The server does not .*: Secret "no-1" is invalid: .*not a label!/,
  },
];

const FILES = {
  "object.yaml": "apiVersion: example.com/v1\nkind: Gadget\n",
  "invalid.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {labels: {size: 'not a label!'}}\n",
};

for (const { name, args, says } of REFUSALS) {
  Deno.test(`cmdriver refuses ${name} in one line, and leaves nothing`, { ignore }, async () => {
    await using run = startCommand(plane(), ["cmdriver", ...LOAD, "--run-id", "no", ...args()], {
      files: FILES,
    });
    const { stdout, stderr } = await run.endsWith(1);
    assert.equal(stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines.at(-1)!, says);
    // What the program was about to do may stand before it.
    assert.ok(lines.slice(0, -1).every((line) => line.startsWith("writes go to ")), stderr);
    assert.deepEqual(run.runDirectories, []);
    await assertNothingLeft(plane(), { runId: "no" });
  });
}

for (const command of ["cm-logger", "flunder-logger", "flunder-watch", "cmdriverclosed"]) {
  Deno.test(`${command} refuses an unknown token in one line`, { ignore }, async () => {
    await using run = startCommand(plane(), [command, "--token", "no-such-token"]);
    const { stderr } = await run.endsWith(1);
    assert.match(stderr, /^scaletool: [^\n]* does not accept the credentials [^\n]*\n$/);
    assert.deepEqual(run.runDirectories, []);
  });
}

Deno.test("a server that says nothing is given up, and Ctrl-C ends the wait at once", {
  ignore,
}, async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = `https://127.0.0.1:${listener.addr.port}`;
  await using run = startCommand(plane(), ["cmdriver", ...LOAD, "--server", server]);
  using connection = await listener.accept();
  assert.ok(connection.remoteAddr.transport === "tcp");
  run.program.kill("SIGINT");
  assert.equal((await run.finished()).code, 130);
  assert.deepEqual(run.runDirectories, []);
  await using patient = startCommand(plane(), [
    ...["cmdriver", ...LOAD, "--server", server, "--request-timeout", "700ms"],
  ]);
  const { stderr } = await patient.endsWith(1);
  assert.match(stderr, /^scaletool: Cannot reach [^\n]*: no answer in 700 ms; [^\n]*\n$/);
});

/** A watcher that sees no event has measured nothing, and so is inconclusive. */
const GRANTS = [
  { command: "cmdriver", args: ["--rate", "50/s", "--ttl", "10ms"], code: 0 },
  { command: "cmdriverclosed", args: ["--rate", "50", "--conns", "1"], code: 0 },
  { command: "flunder-driver", args: ["--rate", "50/s", "--ttl", "10ms"], code: 0 },
  { command: "cm-logger", args: ["--duration", "300ms"], code: 4 },
  { command: "flunder-logger", args: ["--duration", "300ms"], code: 4 },
  // It has seen that there was nothing to see.
  { command: "flunder-watch", args: ["--duration", "300ms"], code: 3 },
];

for (const { command, args, code } of GRANTS) {
  Deno.test(
    `${command} names the permissions that are missing, and its command grants them`,
    { ignore: withoutKubectl },
    async () => {
      const isWatcher = code !== 0;
      const line = [command, ...args, ...(isWatcher ? [] : ["--n", "8"]), "--namespace", command];
      await createNamespaces(plane(), command);
      await using refused = startCommand(plane(), line, { user: "nobody" });
      const { stdout, stderr } = await refused.endsWith(1);
      assert.equal(stdout, "");
      const [, grant] =
        /^scaletool: User "nobody" may not [^\n]+; grant it with: ([^\n]+)\n$/.exec(stderr) ?? [];
      assert.ok(grant !== undefined, stderr);
      assert.deepEqual(refused.runDirectories, []);
      await shell(grant, plane().kubeconfig("admin"));
      await using allowed = startCommand(plane(), line, { user: "nobody" });
      const finished = await (isWatcher ? allowed.endsWith(code) : allowed.endsWell());
      assert.doesNotMatch(finished.stderr, /kubectl delete namespace/);
    },
  );
}

for (const command of ["cmdriver", "cmdriverclosed", "flunder-driver"]) {
  Deno.test(`${command} --dry-run prints a plan and contacts nobody`, async () => {
    await using dir = new TempDir();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let isContacted = false;
    const contact = listener.accept().then((connection) => {
      isContacted = true;
      connection.close();
    }, () => {});
    await using program = new Scaletool(
      [command, "--dry-run", "--n", "7", "--server", `https://127.0.0.1:${listener.addr.port}`],
      { cwd: dir.path, env: { KUBECONFIG: "/nowhere/config" } },
    );
    const { code, stdout, stderr } = await program.finished();
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, new RegExp(`^command +${command}$`, "m"));
    assert.match(stdout, /^objects +7 /m);
    assert.match(stdout, /^permissions needed +create \S+ in namespace scaletest$/m);
    assert.deepEqual([...Deno.readDirSync(dir.path)], []);
    assert.equal(isContacted, false);
    listener.close();
    await contact;
  });
}
