/** Real processes. @module */

import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { ExecPluginCredentials } from "../../../kube/auth/exec_plugin.ts";
import { parseKubeconfig } from "../../../kube/kubeconfig/kubeconfig.ts";
import { type PluginRun, SYSTEM_PLUGIN_HOST } from "../../../kube/auth/plugin_host.ts";
import { gone, isRunning, pidsIn } from "../../support/living_process.ts";
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

for (const interactive of [false, true]) {
  const how = interactive ? "that shares our terminal" : "that asks nothing";
  Deno.test(`an abort ends a plugin ${how}, and what it has started`, async () => {
    await using folder = new TempDir();
    const [script, pidFile] = [folder.file("script"), folder.file("pids")];
    await writeScript(script, `sleep 600 & echo "$$\n$!" > "$OUT"; wait`);
    const giveUp = new AbortController();
    const failed = assert.rejects(
      run(script, { env: { OUT: pidFile }, signal: giveUp.signal, interactive }),
      (error) => error === giveUp.signal.reason,
    );
    const pids = await pidsIn(pidFile, 2);
    giveUp.abort();
    await failed;
    await gone(pids);
  });
}

Deno.test("a plugin that asks nothing is a group of its own, and Ctrl-C none of its business", async () => {
  await using folder = new TempDir();
  const script = folder.file("script");
  await writeScript(script, "cut -d' ' -f1,5 /proc/$$/stat");
  const [pid, group] = (await run(script)).stdout.trim().split(" ");
  assert.equal(group, pid);
  const [, shared] = (await run(script, { interactive: true })).stdout.trim().split(" ");
  const [, own] = new TextDecoder().decode(
    new Deno.Command("cut", { args: ["-d ", "-f1,5", `/proc/${Deno.pid}/stat`] }).outputSync()
      .stdout,
  ).trim().split(" ");
  assert.equal(shared, own, "it must be able to read from our terminal");
});

Deno.test("what a plugin leaves behind when it has answered stays", async () => {
  await using folder = new TempDir();
  const script = folder.file("agent");
  await writeScript(script, `sleep 600 > /dev/null 2>&1 & echo $!`);
  const pid = Number((await run(script)).stdout);
  assert.ok(isRunning(pid), "an agent for the next time, say");
  Deno.kill(pid, "SIGKILL");
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
