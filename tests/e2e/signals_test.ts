/** Signals at every moment of the program, and what is left afterwards. @module */

import assert from "node:assert/strict";
import { gone, pidsIn, until } from "../support/living_process.ts";
import { commandLine, Scaletool, TempDir } from "../support/scaletool.ts";
import { SilentServer } from "../support/silent_server.ts";

const SANDBOX = ["sandbox", "--listen", "127.0.0.1:0"];

Deno.test("SIGHUP ends a run as SIGTERM does, with 129", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const args = ["httperf", "--listen", "127.0.0.1:0", "--out", run];
  await using program = new Scaletool(args);
  await program.line(/serving on/);
  program.kill("SIGHUP");
  const { code, stderr } = await program.finished();
  assert.equal(code, 129, stderr);
  assert.match(stderr, /^SIGHUP: stopping and cleaning up/m);
  const { end, exitCode } = JSON.parse(Deno.readTextFileSync(`${run}/result.json`));
  assert.deepEqual([end.reason, exitCode], ["hung-up", 129]);
});

/**
 * `deno run` listens for SIGUSR1 500 ms after its start, and the first listener of whatever signal has
 * SIGHUP caught: on a busy machine before the sources are loaded. The executable has no such listener.
 * Seen in 2.9.6; added in 2.9.2 (denoland/deno#35738).
 */
function resetsHangUp(): boolean {
  const isExecutable = (Deno.env.get("SCALETOOL_BIN") ?? "") !== "";
  const [major = 0, minor = 0, patch = 0] = Deno.version.deno.split(".").map(Number);
  if (isExecutable || major * 1e6 + minor * 1e3 + patch < 2_009_002) return false;
  const why = `skipped: deno run ${Deno.version.deno} catches an ignored SIGHUP after 500 ms\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(why));
  return true;
}

Deno.test("a SIGHUP that was ignored at the start stays ignored, as under nohup", async () => {
  if (resetsHangUp()) return;
  await using program = new Scaletool(SANDBOX, { before: 'trap "" HUP' });
  await program.line(/Ctrl-C to end/);
  program.kill("SIGHUP");
  program.kill("SIGTERM");
  const { code, stderr } = await program.finished();
  assert.equal(code, 143);
  assert.doesNotMatch(stderr, /SIGHUP/);
});

/** Commands that have to wait for a server before there is a run. */
const CONNECTING: readonly { args: (port: number) => string[]; says?: RegExp }[] = [
  ...[
    ["cmdriver"],
    ["cmdriverclosed"],
    ["flunder-driver"],
    ["cm-logger"],
    ["flunder-watch"],
    ["doctor", "cmdriver"],
    ["cleanup", "--all"],
  ].map((command) => ({
    args: (port: number) => [...command, "--server", `http://127.0.0.1:${port}`, "--token", "T"],
  })),
  {
    args: (port) => ["httperf", "--base-url", `https://127.0.0.1:${port}`],
    says: /stopping and cleaning up/,
  },
];

for (const { args, says = /^scaletool: SIG[A-Z]+: end/m } of CONNECTING) {
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const name = args(0).filter((word) => /^[a-z][a-z-]*$/.test(word)).join(" ");
    Deno.test(`${signal} ends \`${name}\` on a server that says nothing`, async () => {
      await using dir = new TempDir();
      using server = new SilentServer();
      await using program = new Scaletool(args(server.port), { cwd: dir.path });
      await server.connected;
      program.kill(signal);
      const { code, stderr } = await program.finished();
      assert.equal(code, exitCode, stderr);
      assert.match(stderr, says);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    });
  }
}

Deno.test("a signal while it logs in ends the credential plugin and what that has started", async () => {
  await using dir = new TempDir();
  const [plugin, pidFile, config] = [dir.file("plugin"), dir.file("pids"), dir.file("config")];
  Deno.writeTextFileSync(plugin, `#!/bin/sh\nsleep 600 & echo "$$\n$!" > ${pidFile}; wait\n`);
  Deno.chmodSync(plugin, 0o755);
  Deno.writeTextFileSync(
    config,
    `current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1,
  command: ./plugin, interactiveMode: Never}}}]
`,
  );
  await using program = new Scaletool(["cmdriver", "--kubeconfig", config]);
  const pids = await pidsIn(pidFile, 2);
  program.kill("SIGTERM");
  assert.equal((await program.finished()).code, 143);
  await gone(pids);
});

for (const command of ["cmdriver", "cm-logger"]) {
  Deno.test(`a signal while \`${command} --sandbox\` connects leaves no temporary file`, async () => {
    await using dir = new TempDir();
    const args = [command, "--sandbox", "--sandbox-fault", "no-answer,on=preparation"];
    await using program = new Scaletool(args, { cwd: dir.path, env: { TMPDIR: dir.path } });
    await program.line(/this is no cluster/);
    assert.equal(temporaryIn(dir.path).length, 1, "its kubeconfig is there");
    program.kill("SIGTERM");
    const { code, stderr } = await program.finished();
    assert.equal(code, 143, stderr);
    assert.deepEqual(temporaryIn(dir.path), []);
  });
}

/** Without what the runtime of the executable keeps there. */
function temporaryIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name)
    .filter((name) => name.startsWith("scaletool-"));
}

Deno.test("as process 1 it listens before there is a run, and ends", async () => {
  const { command, args } = commandLine(["cm-logger"]);
  if (!mayBeProcess1()) return;
  await using dir = new TempDir();
  using server = new SilentServer();
  const target = ["--server", `http://127.0.0.1:${server.port}`, "--token", "T"];
  const child = new Deno.Command("unshare", {
    args: ["--pid", "--fork", "--kill-child", "--", command, ...args, ...target],
    cwd: dir.path,
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const process1 = await childOf(child.pid);
  await listening(process1);
  Deno.kill(process1, "SIGTERM");
  const { code, stderr } = await child.output();
  assert.equal(new TextDecoder().decode(stderr), "scaletool: SIGTERM: ended\n");
  assert.equal(code, 143);
});

function mayBeProcess1(): boolean {
  const { success } = new Deno.Command("sh", {
    args: ["-c", "unshare --pid --fork true 2> /dev/null"],
  }).outputSync();
  if (!success) Deno.stderr.writeSync(new TextEncoder().encode("skipped: no unshare --pid\n"));
  return success;
}

async function childOf(pid: number): Promise<number> {
  const children = () => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
  await until(() => children() !== "", "process 1");
  return Number(children());
}

/** Waits until the process catches SIGTERM, which is signal 15: bit 14. */
function listening(pid: number): Promise<void> {
  return until(() => {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const [, mask = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    return ((BigInt(`0x${mask}`) >> 14n) & 1n) === 1n;
  }, "a listener to SIGTERM");
}
