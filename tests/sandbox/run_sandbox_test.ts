import assert from "node:assert/strict";
import { EXIT_CODE } from "../../core/exit_code.ts";
import { type GivenTexts, resolveSettings } from "../../core/command/settings.ts";
import { sandboxCommand } from "../../sandbox/command.ts";
import { eventually } from "../support/eventually.ts";
import { freePort, hasPeer, TempDir } from "../support/scaletool.ts";
import { ThreadedIo } from "./sandbox_worker.ts";

/** The command, under way. */
class Running {
  readonly threaded = new ThreadedIo();
  readonly exitCode: Promise<number>;

  constructor(flags: GivenTexts) {
    const settings = resolveSettings(sandboxCommand.flags, {
      command: "sandbox",
      flags,
      env: () => undefined,
    });
    const { io } = this.threaded;
    this.exitCode = sandboxCommand.run({ command: "sandbox", ...settings, positionals: [], io });
  }

  /** Waits until it serves. @returns the file that it names */
  async kubeconfig(): Promise<string> {
    const path = () => /kubeconfig in (\S+)\n/.exec(this.threaded.stderr)?.[1];
    const isServing = eventually("the kubeconfig is named", () => path() !== undefined);
    await Promise.race([isServing, this.exitCode]);
    return path() ?? assert.fail("it ended before it served");
  }
}

function kubectl(kubeconfig: string, ...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command("kubectl", {
    args: ["--kubeconfig", kubeconfig, ...args],
  }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("it serves for its duration, and shows that nobody came", async () => {
  const { threaded, exitCode } = new Running({ duration: ["50ms"] });
  assert.equal(await exitCode, EXIT_CODE.pass);
  assert.equal(threaded.stdout, "No request came.\n");
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signal} ends it with ${code}, and its temporary kubeconfig goes`, async () => {
    const running = new Running({ "sandbox-fault": ["5xx"] });
    const path = await running.kubeconfig();
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    running.threaded.signal(signal);
    assert.equal(await running.exitCode, code);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    const { stderr } = running.threaded;
    assert.match(stderr, /\nfault 5xx hits creates, updates, watches\nCtrl-C to end\n/);
    assert.ok(stderr.endsWith(`${signal}: ending\n`), stderr);
  });
}

Deno.test("kubectl works with the kubeconfig that it writes, and shows in the account", async () => {
  if (!hasPeer("kubectl")) return;
  await using dir = new TempDir();
  const [path, port] = [dir.file("k"), String(freePort())];
  const running = new Running({
    "write-kubeconfig": [path],
    port: [port],
    namespace: ["team-a"],
    output: ["json"],
  });
  assert.equal(await running.kubeconfig(), path);
  assert.match(kubectl(path, "config", "view"), new RegExp(`https://127.0.0.1:${port}/sandbox`));
  const names = kubectl(path, "get", "namespaces", "-o", "name").trim().split("\n");
  assert.ok(names.includes("namespace/team-a"), names.join());
  const manifest = dir.file("a.json");
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { k: "v" } };
  Deno.writeTextFileSync(manifest, JSON.stringify(object));
  kubectl(path, "create", "-f", manifest);
  assert.equal(
    kubectl(path, "get", "-n", "team-a", "configmap", "a", "-o", "name"),
    "configmap/a\n",
  );
  running.threaded.signal("SIGINT");
  await running.exitCode;
  const { requests } = JSON.parse(running.threaded.stdout);
  const create = requests.find((one: { verb: string }) => one.verb === "create");
  assert.deepEqual(create, { verb: "create", resource: "configmaps", requests: 1, refused: 0 });
  assert.ok(Deno.statSync(path).isFile); // the user's own
});

Deno.test("nothing is started if the kubeconfig could not be written", async () => {
  await using dir = new TempDir();
  const path = dir.file("k");
  Deno.writeTextFileSync(path, "mine");
  const { threaded, exitCode } = new Running({ "write-kubeconfig": [path] });
  await assert.rejects(exitCode, { name: "CannotRunError", message: /no sandbox wrote/ });
  assert.equal(threaded.threads, 0);
});

Deno.test("an address that cannot be read is a usage error, a taken port is not", async () => {
  await assert.rejects(new Running({ listen: ["127.0.0.1"] }).exitCode, {
    name: "UsageError",
    message: /^--listen: Cannot read address "127.0.0.1"/,
  });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await assert.rejects(new Running({ port: [String(port)] }).exitCode, {
    name: "CannotRunError",
    message: /the port is taken/,
  });
});

Deno.test("quiet says nothing on stderr", async () => {
  const { threaded, exitCode } = new Running({ duration: ["1ms"], quiet: ["true"] });
  await exitCode;
  assert.equal(threaded.stderr, "");
});
