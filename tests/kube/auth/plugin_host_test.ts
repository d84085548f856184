/** Real processes. @module */

import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { ExecPluginCredentials } from "../../../kube/auth/exec_plugin.ts";
import { parseKubeconfig } from "../../../kube/config/kubeconfig.ts";
import { type PluginRun, SYSTEM_PLUGIN_HOST } from "../../../kube/auth/plugin_host.ts";
import { eventually } from "../../support/eventually.ts";
import { TempDir } from "../../support/scaletool.ts";

async function writeScript(path: string, lines: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${lines}\n`);
  await Deno.chmod(path, 0o755);
}

function run(command: string, more: Partial<PluginRun> = {}) {
  const { signal } = new AbortController();
  return SYSTEM_PLUGIN_HOST.run({
    command,
    args: [],
    env: {},
    interactive: false,
    signal,
    ...more,
  });
}

Deno.test("arguments, our own variables and added ones reach it, and all it writes comes back", async () => {
  await using folder = new TempDir();
  const script = folder.file("script");
  await writeScript(
    script,
    `printf '%s|' "$@" "$ADDED" "\${PATH:+path}"; cat; printf 'two\\nlines' >&2; exit 7`,
  );
  assert.deepEqual(await run(script, { args: ["a b", "*"], env: { ADDED: "x" } }), {
    code: 7,
    stdout: "a b|*|x|path|",
    stderr: "two\nlines",
  });
});

Deno.test("a program that is not there or not executable rejects with that", async () => {
  await using folder = new TempDir();
  await Deno.writeTextFile(folder.file("plain"), "#!/bin/sh\n");
  await assert.rejects(() => run(folder.file("missing")), Deno.errors.NotFound);
  await assert.rejects(() => run("scaletool-no-such-plugin"), Deno.errors.NotFound);
  await assert.rejects(() => run(folder.file("plain")), Deno.errors.PermissionDenied);
});

Deno.test("an abort kills it and does not wait for a grandchild that holds its output", async () => {
  await using folder = new TempDir();
  const [script, pidFile, endFile] = ["script", "pid", "end"].map((name) => folder.file(name));
  // The grandchild ends by itself far later than the abort, and says so.
  const grandchildLines = 'for tick in $(seq 600); do sleep 0.1; done; echo >"$END"';
  await writeScript(script!, `(${grandchildLines}) & echo $$ $! >"$OUT"; wait`);
  await Deno.writeTextFile(pidFile!, "");
  const giveUp = new AbortController();
  const failed = assert.rejects(
    run(script!, { env: { OUT: pidFile!, END: endFile! }, signal: giveUp.signal }),
    (error) => error === giveUp.signal.reason,
  );
  const pids = () => Deno.readTextFileSync(pidFile!);
  await eventually("both run", () => pids().endsWith("\n"));
  const [plugin, grandchild] = pids().split(" ").map(Number);
  giveUp.abort();
  await failed;
  assert.throws(() => Deno.statSync(endFile!), "it waited for the grandchild");
  assert.throws(() => Deno.kill(plugin!, "SIGCONT"), "the plugin still runs");
  try {
    Deno.kill(grandchild!, "SIGKILL");
  } catch {
    // It was ended with the plugin.
  }
});

Deno.test("a kubeconfig's plugin beside it logs in", async () => {
  await using folder = new TempDir();
  await writeScript(
    folder.file("plugin"),
    `case "$KUBERNETES_EXEC_INFO" in *'"server":"https://c"'*) ;; *) echo no cluster >&2; exit 1;; esac
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$1-$REGION'"}}'`,
  );
  const { users } = parseKubeconfig(
    `users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin,
      args: [t], env: [{name: REGION, value: eu}], provideClusterInfo: true, interactiveMode: Never}}}]`,
    { path: folder.file("config") },
  );
  const config = users.get("u")?.exec;
  assert.ok(config);
  const login = (server: string) =>
    new ExecPluginCredentials({ config, user: "u", cluster: { server }, clock: new SystemClock() });
  assert.deepEqual(await login("https://c").current(), { authorization: "Bearer t-eu" });
  await assert.rejects(() => login("https://other").current(), {
    message:
      `Cannot log in as user "u": credential plugin "${folder.file("plugin")}" failed with ` +
      "exit code 1: no cluster",
  });
});
