import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { assertEnded, freePort, Scaletool, scaletool, TempDir } from "../support/scaletool.ts";
import { BlockServerProcess } from "../support/block_server.ts";

const ENDLESS = ["--blocks-per-request", "5", "--period", "2ms", "--threads", "2"];

function resultAt(path: string): Report {
  return JSON.parse(Deno.readTextFileSync(`${path}/result.json`));
}

/** Wrong command lines: what was typed, and what the one line on stderr must say. */
const USAGE_ERRORS: readonly { args: string[]; says: RegExp }[] = [
  { args: ["httperff"], says: /httperff.*httperf/ },
  { args: ["httperf", "--block-sise", "5"], says: /--block-sise.*--block-size/ },
  { args: ["httperf", "--connections", "0"], says: /--connections must be between 1 and/ },
  { args: ["httperf", "--threads", "many"], says: /--threads must be a whole number/ },
  { args: ["httperf", "--period", "soon"], says: /--period .*10ms/ },
  { args: ["httperf", "--flush", "never"], says: /--flush must be block, coalesce/ },
  { args: ["httperf", "--threshold", "request.p99 ~ 3"], says: /threshold/i },
  { args: ["httperf", "--base-url", "http://127.0.0.1:1"], says: /--base-url must be https/ },
  { args: ["httperf", "--rate", "fast"], says: /--rate/ },
  { args: ["httperf", "--workers", "3", "--connections", "2"], says: /--workers/ },
  { args: ["httperf", "--cert", "x.pem"], says: /--cert and --key/ },
  { args: ["httperf", "extra"], says: /extra/ },
  { args: ["report"], says: /RUNDIR/ },
];

for (const { args, says } of USAGE_ERRORS) {
  Deno.test(`\`${args.join(" ")}\` is refused with exit code 2 and one line`, async () => {
    await using dir = new TempDir();
    const { code, stdout, stderr } = await scaletool(args, { cwd: dir.path });
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
    assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  });
}

Deno.test("a taken port ends with exit code 1 and names the port", async () => {
  await using dir = new TempDir();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const done = await scaletool(["httperf", "--listen", `127.0.0.1:${port}`], { cwd: dir.path });
  assert.equal(done.code, 1);
  assert.match(done.stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*taken`));
});

Deno.test("a taken --metrics-addr ends with exit code 1 and leaves nothing behind", async () => {
  await using dir = new TempDir();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  const done = await scaletool(["httperf", "--metrics-addr", address], { cwd: dir.path });
  assert.equal(done.code, 1);
  assert.ok(done.stderr.includes(address), done.stderr);
  assert.deepEqual([...Deno.readDirSync(dir.file("scaletool-runs"))], []);
});

Deno.test("a run directory that cannot be written ends with exit code 1 before any load", async () => {
  await using dir = new TempDir();
  Deno.writeTextFileSync(dir.file("file"), "");
  const done = await scaletool(["httperf", "--out", dir.file("file/run")]);
  assert.equal(done.code, 1);
  assert.match(done.stderr, /--out/);
  assert.equal(done.stdout, "");
});

Deno.test("a run directory that holds a run is not written over", async () => {
  await using dir = new TempDir();
  const args = ["httperf", "--requests", "2", ...ENDLESS, "--out", dir.file("run")];
  assertEnded(await scaletool(args));
  const before = Deno.readTextFileSync(dir.file("run/result.json"));
  const again = await scaletool(args);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /holds a run/);
  assert.equal(Deno.readTextFileSync(dir.file("run/result.json")), before);
});

Deno.test("a server that is not trusted ends with exit code 1 and the --ca hint", async () => {
  await using dir = new TempDir();
  await using server = new Scaletool([
    "httperf",
    "--listen",
    "127.0.0.1:0",
    "--out",
    dir.file("server"),
  ]);
  const [, url] = await server.line(/serving on (\S+)/);
  const done = await scaletool(["httperf", "--base-url", url!], { cwd: dir.path });
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stderr, /--ca/);
  assert.equal(done.stdout, "");
});

Deno.test("a target that refuses connections ends with exit code 1", async () => {
  await using dir = new TempDir();
  const url = `https://127.0.0.1:${freePort()}`;
  const done = await scaletool(["httperf", "--base-url", url], { cwd: dir.path });
  assert.equal(done.code, 1);
  assert.match(done.stderr, new RegExp(`Cannot reach ${url}.*refused`, "i"));
  assert.deepEqual([...Deno.readDirSync(dir.file("scaletool-runs"))], []);
});

Deno.test("a server that stops mid-run: failures by reason, retries with back-off, exit code 3", async () => {
  await using dir = new TempDir();
  await using server = await BlockServerProcess.start();
  await using client = new Scaletool([
    ...["httperf", ...server.clientFlags, "--duration", "6s", "--log-period", "500ms"],
    ...[...ENDLESS, "--out", dir.file("client")],
  ]);
  await client.line(/clientBytes = [1-9]/);
  server.program.kill("SIGKILL");
  const done = await client.finished();
  assert.equal(done.code, 3, done.stderr + done.stdout);
  const { summary, verdict, end } = resultAt(dir.file("client"));
  assert.equal(verdict, "fail");
  assert.equal(end?.reason, "duration");
  const connect = summary.operations.find(({ op }) => op === "connect")!;
  const refused = connect.failures["connection-refused"] ?? 0;
  // 100 ms doubled up to 5 s: about 6 tries in 5 s; a tight loop would make thousands.
  assert.ok(refused >= 2 && refused < 40, `${refused} refused`);
  const request = summary.operations.find(({ op }) => op === "request")!;
  assert.ok(request.ok > 0 && request.failed > 0, JSON.stringify(request.failures));
});

Deno.test("Ctrl-C writes the report and exits 130", async () => {
  await using dir = new TempDir();
  await using program = new Scaletool(
    ["httperf", "--duration", "1h", "--log-period", "300ms", ...ENDLESS, "--out", dir.file("run")],
  );
  await program.line(/clientBytes = [1-9]/);
  program.kill("SIGINT");
  const done = await program.finished();
  assert.equal(done.code, 130, done.stderr);
  const result = resultAt(dir.file("run"));
  assert.equal(result.end?.reason, "interrupted");
  assert.ok(result.summary.operations.some(({ op, ok }) => op === "request" && ok > 0));
  assert.match(done.stdout, /request/);
});

Deno.test("after kill -9 the report is rebuilt from what is there, and is no pass", async () => {
  await using dir = new TempDir();
  await using program = new Scaletool(
    ["httperf", "--duration", "1h", "--log-period", "2500ms", ...ENDLESS, "--out", dir.file("run")],
  );
  await program.line(/clientBytes = [1-9]/);
  program.kill("SIGKILL");
  await program.finished();
  const again = await scaletool(["report", "-o", "json", dir.file("run")]);
  assert.equal(again.code, 4, again.stderr);
  const report: Report = JSON.parse(again.stdout);
  assert.equal(report.end, null);
  assert.ok(report.warnings.some(({ code }) => code === "run-did-not-end"));
  assert.ok(report.summary.measuredMs >= 1_400, `${report.summary.measuredMs} ms`);
});

Deno.test("a disk that is full mid-run loses files, not the result", async () => {
  if (Deno.build.os === "windows") return;
  await using dir = new TempDir();
  const { code, stdout, stderr } = await scaletool(
    ["httperf", "--duration", "2s", ...ENDLESS, "--out", dir.file("run"), "-o", "json"],
    { largestFileKiB: 8 },
  );
  assert.equal(code, 1, stderr);
  assert.match(stderr, /Cannot write all of/);
  const report: Report = JSON.parse(stdout);
  assert.notEqual(report.verdict, "fail");
  assert.ok(report.warnings.some((warning) => warning.code === "run-log-incomplete"));
  assert.ok(report.summary.measuredMs >= 1_900, `${report.summary.measuredMs} ms`);
});
