import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import { hasGo, topOf } from "../support/go_pprof.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { assertEnded, hasPeer, Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

const GO_PEER = `${dirname(fileURLToPath(import.meta.url))}/../../bench/go_peer`;

interface Output {
  readonly code: number;
  readonly stdout: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

async function output(command: string, args: readonly string[], cwd?: string): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code, stdout, text };
}

/** Go's server, which ends when its standard input does. */
async function goServer(peer: string, dir: TempDir) {
  const { caPem, certPem, keyPem } = await createServerIdentity({
    hosts: ["127.0.0.1"],
    now: new Date(),
  });
  const files = { "go-ca.pem": caPem, "go-cert.pem": certPem, "go-key.pem": keyPem };
  for (const [name, pem] of Object.entries(files)) Deno.writeTextFileSync(dir.file(name), pem);
  const child = new Deno.Command(peer, {
    args: ["-serve", "-cert", dir.file("go-cert.pem"), "-key", dir.file("go-key.pem")],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const port = new TextDecoder().decode((await reader.read()).value).trim();
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test("curl fetches blocks byte for byte over HTTP/2 and HTTP/1.1", async () => {
  if (!hasPeer("curl")) return;
  await using server = await BlockServerProcess.start();
  const expected = new Uint8Array(1500);
  for (let block = 0; block < 3; block++) expected.set([65], block * 500);
  for (let block = 0; block < 3; block++) expected.set([90], block * 500 + 499);
  for (const [flag, version] of [["--http2", "2"], ["--http1.1", "1.1"]] as const) {
    const url = `${server.url}/blocks?size=500&n=3&periodMS=10`;
    const curl = await output("curl", [
      "-sS",
      "--cacert",
      server.caFile,
      flag,
      "-w",
      "%{stderr}%{http_version}",
      url,
    ]);
    assert.equal(curl.code, 0, curl.text);
    assert.deepEqual(curl.stdout, expected);
    assert.ok(curl.text.endsWith(version), curl.text.slice(-20));
  }
});

Deno.test("h2load gets all its answers over many streams", async () => {
  if (!hasPeer("h2load")) return;
  await using server = await BlockServerProcess.start();
  const url = `${server.url}/blocks?size=1000&n=50&periodMS=0`;
  const h2load = await output("h2load", ["-n", "200", "-c", "4", "-m", "25", url]);
  assert.match(h2load.text, /200 succeeded, 0 failed, 0 errored/);
  const [, bytes] = /\((\d+)\) data/.exec(h2load.text) ?? [];
  assert.equal(Number(bytes), 200 * 50 * 1000, h2load.text);
});

Deno.test("Go's HTTP/2 client reads our server, and our client reads Go's server", async () => {
  if (!hasGo("HTTP/2 with Go's net/http at the other end")) return;
  await using dir = new TempDir();
  const peer = dir.file("peer");
  const build = await output("go", ["build", "-o", peer, "."], GO_PEER);
  assert.equal(build.code, 0, build.text);
  await using server = await BlockServerProcess.start();
  const fetched = await output(peer, [
    ...["-base-url", server.url, "-ca", server.caFile, "-duration", "500ms"],
    ...["-block-size", "10000", "-blocks", "20"],
  ]);
  assert.ok(JSON.parse(fetched.text).bytesPerSec > 0, fetched.text);
  await using go = await goServer(peer, dir);
  const done = await scaletool([
    ...["httperf", "--base-url", go.url, "--ca", dir.file("go-ca.pem"), "--requests", "5"],
    ...["--blocks-per-request", "4", "--period", "0", "--out", dir.file("client")],
  ]);
  assertEnded(done);
  assert.match(done.stdout, /not-reconciled|could not be compared/);
});

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

Deno.test("tshark decrypts a capture of a run with its key log", async () => {
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
  ]);
  assertEnded(client);
  // A run with a key log is a child of the program: politely, so that the child hears of it.
  assert.equal((await server.stop()).finished.code, 143);
  tshark.kill("SIGTERM");
  await words.cancel();
  await tshark.status;
  const decrypted = await output("tshark", [
    ...["-r", capture, "-o", `tls.keylog_file:${dir.file("keys")}`, "-d", `tcp.port==${port},tls`],
    ...["-Y", "http2.headers.path", "-T", "fields", "-e", "http2.headers.path"],
  ]);
  assert.match(decrypted.text, /\/blocks\?size=500&n=\d&periodMS=10/);
});

function sayNoCapture(text: string): void {
  Deno.stderr.writeSync(
    new TextEncoder().encode(`skipped: tshark cannot capture: ${text.trim()}\n`),
  );
}
