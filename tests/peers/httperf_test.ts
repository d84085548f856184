import assert from "node:assert/strict";
import { BlockServerProcess } from "../support/block_server.ts";
import { outputOf } from "../support/command_output.ts";
import { hasGo, topOf } from "../support/go_pprof.ts";
import { assertEnded, hasPeer, Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

Deno.test("go tool pprof reads the profiles of a running client", async () => {
  if (!hasGo("profiles of a running program")) return;
  await using dir = new TempDir();
  await using program = new Scaletool([
    ...["httperf", "--metrics-addr", "127.0.0.1:0", "--period", "0", "--block-size", "100kB"],
    ...["--duration", "20s", "--out", dir.file("run")],
  ]);
  const [, url] = await program.line(/metrics and profiles at (\S+)/);
  const cpu = await fetch(`${url}/debug/pprof/profile?seconds=1`);
  const { header, rows } = await topOf(new Uint8Array(await cpu.arrayBuffer()));
  assert.match(header, /Type: cpu/);
  assert.ok(rows.length > 5, `${rows.length} functions`);
  const heap = await fetch(`${url}/debug/pprof/heap`);
  assert.match((await topOf(new Uint8Array(await heap.arrayBuffer()))).header, /inuse_space/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^scaletool_received_bytes_total\{connection="0"\} [1-9]/m);
  const commandLine = await (await fetch(`${url}/debug/pprof/cmdline`)).text();
  assert.match(commandLine, /^scaletool\0httperf\0/);
});

/** Whether the runtime in the program under test writes TLS keys; if not, it must say so. */
async function writesKeys(): Promise<boolean> {
  const { deno } = JSON.parse((await scaletool(["version", "-o", "json"])).stdout);
  const [major, minor] = deno.split(".").map(Number);
  if (major > 2 || minor >= 7) return true;
  await using dir = new TempDir();
  const refused = await scaletool(["httperf", "--keylog", dir.file("keys")], { cwd: dir.path });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--keylog needs 2\.7 or newer/);
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  Deno.stderr.writeSync(new TextEncoder().encode(`skipped: Deno ${deno} writes no TLS keys\n`));
  return false;
}

Deno.test("--keylog names the keys of both roles, and only their owner may read them", async () => {
  if (!await writesKeys()) return;
  await using dir = new TempDir();
  const file = dir.file("keys");
  const done = await scaletool([
    ...[
      "httperf",
      "--keylog",
      file,
      "--requests",
      "5",
      "--blocks-per-request",
      "2",
      "--out",
      dir.file("run"),
    ],
  ]);
  assertEnded(done);
  assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
  const lines = Deno.readTextFileSync(file).trim().split("\n");
  const randoms = new Map<string, number>();
  for (const line of lines) {
    const [label, random] = line.split(" ");
    if (label === "CLIENT_TRAFFIC_SECRET_0") randoms.set(random!, (randoms.get(random!) ?? 0) + 1);
  }
  // Each connection is logged by its server and by its client.
  assert.ok(randoms.size >= 2, `${randoms.size} connections`);
  assert.ok(
    [...randoms.values()].every((count) => count === 2),
    JSON.stringify([...randoms.values()]),
  );
});

Deno.test("tshark decrypts a capture of a run with the key log of either role", async () => {
  if (!hasPeer("tshark") || !await writesKeys()) return;
  await using dir = new TempDir();
  const capture = dir.file("capture.pcapng");
  await using server = await BlockServerProcess.start(["--keylog", dir.file("keys")]);
  const port = new URL(server.url).port;
  const tshark = new Deno.Command("tshark", {
    args: ["-i", "lo", "-f", `tcp port ${port}`, "-w", capture, "-a", "duration:20"],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const words = tshark.stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("Capturing on");) {
    const { value, done } = await words.read();
    if (done) return sayNoCapture(text);
    text += value;
  }
  const client = await scaletool([
    ...["httperf", "--base-url", server.url, "--ca", server.caFile, "--requests", "3"],
    ...["--blocks-per-request", "2", "--out", dir.file("client")],
    ...["--keylog", dir.file("client-keys")],
  ]);
  assertEnded(client);
  // A run with a key log is a child of the program: politely, so that the child hears of it.
  assert.equal((await server.stop()).finished.code, 143);
  tshark.kill("SIGTERM");
  await words.cancel();
  await tshark.status;
  for (const keys of ["keys", "client-keys"]) {
    const decrypted = await outputOf("tshark", [
      ...["-r", capture, "-o", `tls.keylog_file:${dir.file(keys)}`, "-d", `tcp.port==${port},tls`],
      ...["-Y", "http2.headers.path", "-T", "fields", "-e", "http2.headers.path"],
    ]);
    assert.match(decrypted.text, /\/blocks\?size=500&n=\d&periodMS=10/);
  }
});

function sayNoCapture(text: string): void {
  Deno.stderr.writeSync(
    new TextEncoder().encode(`skipped: tshark cannot capture: ${text.trim()}\n`),
  );
}
