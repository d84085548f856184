import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import {
  assertEnded,
  type Finished,
  freePort,
  Scaletool,
  scaletool,
  TempDir,
} from "../support/scaletool.ts";
import { BlockServerProcess } from "../support/block_server.ts";
import { eventually } from "../support/eventually.ts";

/** Short paced traffic with enough requests for a p99. */
const SMALL = ["--blocks-per-request", "3", "--period", "1ms", "--threads", "4"];

function reportAt(path: string): Report {
  return JSON.parse(Deno.readTextFileSync(`${path}/result.json`));
}

function operation(report: Report, op: string) {
  const found = report.summary.operations.find((one) => one.op === op);
  assert.ok(found, `no operation ${op}`);
  return found;
}

function counter(report: Report, name: string): number {
  return report.summary.counters.filter((one) => one.name === name)
    .reduce((sum, { total }) => sum + total, 0);
}

function client(
  server: BlockServerProcess,
  dir: TempDir,
  flags: readonly string[],
): Promise<Finished> {
  return scaletool([
    "httperf",
    ...server.clientFlags,
    ...SMALL,
    "--out",
    dir.file("client"),
    ...flags,
  ]);
}

Deno.test("without flags both ends run here and the run ends with a verdict and a report", async () => {
  await using dir = new TempDir();
  const done = await scaletool(["httperf", "--duration", "2s", "--out", dir.file("run"), ...SMALL]);
  assertEnded(done);
  assert.match(done.stdout, /^(PASS|INCONCLUSIVE)\b/m);
  assert.match(done.stderr, /report: .*report\.html/);
  const report = reportAt(dir.file("run"));
  assert.equal(report.exitCode, done.code);
  assert.equal(report.end?.reason, "duration");
  const request = operation(report, "request");
  assert.ok(request.ok > 0, `${request.ok} requests`);
  assert.equal(request.failed, 0);
  assert.ok(counter(report, "receivedBytes") >= request.ok * 3 * 500);
  assert.equal(operation(report, "connect").ok, 2);
  assert.ok(report.findings.some(({ subject }) => subject.includes("agree")));
  const files = [...Deno.readDirSync(dir.file("run"))].map(({ name }) => name).sort();
  assert.deepEqual(files, [
    "connect.response.hgrm",
    "connect.service.hgrm",
    "intervals.hlog",
    "junit.xml",
    "manifest.json",
    "metrics.prom",
    "report.html",
    "request.response.hgrm",
    "request.service.hgrm",
    "result.json",
    "run.jsonl",
    "series.csv",
    "table-Connections-of-the-client.csv",
    "table-Connections-of-the-server.csv",
    "table-HTTP2-frames.csv",
  ]);
});

Deno.test("server and client in two processes agree on the bytes", async () => {
  await using dir = new TempDir();
  await using server = await BlockServerProcess.start();
  const done = await client(server, dir, ["--requests", "40", "--connections", "2"]);
  assertEnded(done);
  const report = reportAt(dir.file("client"));
  assert.equal(operation(report, "request").ok, 40);
  assert.equal(report.end?.reason, "limit");
  assert.equal(counter(report, "receivedBytes") % 500, 0);
  const { finished, report: served } = await server.stop();
  assert.equal(finished.code, 143);
  assert.equal(
    counter(served, "sentBytes"),
    counter(report, "receivedBytes"),
  );
});

Deno.test("both roles in one process: the client trusts and waits for its own server", async () => {
  await using dir = new TempDir();
  const port = freePort();
  const done = await scaletool([
    ...["httperf", "--listen", `127.0.0.1:${port}`, "--base-url", `https://127.0.0.1:${port}`],
    ...["--requests", "5", "--out", dir.file("run"), ...SMALL],
  ]);
  assertEnded(done);
});

Deno.test("what connections of both ends went through is in the report, and in thresholds", async () => {
  await using dir = new TempDir();
  const port = freePort();
  const done = await scaletool([
    ...["httperf", "--listen", `127.0.0.1:${port}`, "--base-url", `https://127.0.0.1:${port}`],
    ...["--duration", "3s", "--connections", "2", "--out", dir.file("run"), ...SMALL],
    ...["--threshold", "pingRtt.max < 60s"],
    ...["--threshold", "resets{role=client,direction=received}.total <= 0"],
    ...["--threshold", "tlsHandshake{role=server}.count >= 2"],
    ...["--threshold", "h2Bytes{role=client,direction=received}.total > 1kB"],
  ]);
  assertEnded(done);
  const report = reportAt(dir.file("run"));
  assert.deepEqual(report.findings.filter(({ verdict }) => verdict === "fail"), []);
  const ofClient = report.tables.find(({ title }) => title === "Connections of the client");
  assert.deepEqual(ofClient?.rows.map(({ name }) => name).sort(), ["0", "1"]);
  const titles = ofClient.columns.map(({ title }) => title);
  for (const title of ["protocol", "TCP", "TLS", "mean PING", "received", "sent", "streams"]) {
    assert.ok(titles.includes(title), `${title} in ${titles}`);
  }
  assert.ok(report.tables.some(({ title }) => title === "Connections of the server"));
  assert.match(
    report.manifest.facts["HTTP/2 settings of the server"] ?? "",
    /\d+ streams, windows/,
  );
  assert.match(done.stdout, /^Connections of the client$/m);
  const again = await scaletool(["report", "-o", "json", dir.file("run")]);
  assert.deepEqual(JSON.parse(again.stdout).tables, report.tables);
});

Deno.test("--ping-period 0: no PING goes over the wire, and nothing is told of any", async () => {
  await using dir = new TempDir();
  const done = await scaletool([
    ...["httperf", "--ping-period", "0", "--duration", "2s", "--out", dir.file("run"), ...SMALL],
  ]);
  assertEnded(done);
  const { tables, summary } = reportAt(dir.file("run"));
  const frames = tables.find(({ title }) => title === "HTTP/2 frames");
  const ofClient = frames?.columns.findIndex(({ title }) => title === "client sent") ?? -1;
  const sent = frames?.rows.filter(({ cells }) => cells[ofClient]?.value).map(({ name }) => name);
  assert.deepEqual([sent?.includes("HEADERS"), sent?.includes("PING")], [true, false]);
  assert.deepEqual(summary.distributions.filter(({ name }) => name === "pingRtt"), []);
  assert.deepEqual(summary.gauges.filter(({ name }) => name === "pingWaitMs"), []);
});

for (
  const flags of [["--http1"], ["--insecure"], ["--http1", "--insecure"], ["--workers", "2"], [
    "--rate",
    "poisson:100/s",
  ]]
) {
  Deno.test(`the client works with ${flags.join(" ")}`, async () => {
    await using dir = new TempDir();
    await using server = await BlockServerProcess.start(flags.includes("--workers") ? flags : []);
    const done = await client(server, dir, ["--requests", "30", "--connections", "2", ...flags]);
    assertEnded(done);
    assert.equal(operation(reportAt(dir.file("client")), "request").ok, 30);
    if (flags.includes("--insecure")) assert.match(done.stderr, /not verified/);
  });
}

Deno.test("--json-stream writes start, intervals and end, one object a line", async () => {
  await using dir = new TempDir();
  const flags = ["--json-stream", "--duration", "2500ms", "--out", dir.file("run")];
  const done = await scaletool(["httperf", ...flags, ...SMALL]);
  assertEnded(done);
  const events = done.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const kinds = events.map(({ event }) => event);
  assert.deepEqual([kinds[0], kinds.at(-1)], ["start", "end"]);
  const between = kinds.slice(1, -1);
  // One a second, and the rest; a busy machine stops late.
  assert.ok(between.length >= 3 && between.every((kind) => kind === "interval"), kinds.join());
  assert.equal(events[0].manifest.command, "httperf");
  assert.ok(
    events[1].operations.some((one: { op: string; ok: number }) =>
      one.op === "request" && one.ok > 0
    ),
  );
  assert.equal(events.at(-1).verdict, done.code === 0 ? "pass" : "inconclusive");
});

Deno.test("the same seed asks for the same numbers of blocks", async () => {
  await using dir = new TempDir();
  const bytes: number[] = [];
  for (const name of ["a", "b"]) {
    const flags = [
      "--requests",
      "20",
      "--threads",
      "1",
      "--seed",
      "7",
      "--blocks-per-request",
      "50",
      "--period",
      "0",
    ];
    const done = await scaletool(["httperf", ...flags, "--out", dir.file(name)]);
    assertEnded(done);
    bytes.push(counter(reportAt(dir.file(name)), "receivedBytes"));
  }
  assert.equal(bytes[0], bytes[1]);
});

Deno.test("a threshold that does not hold ends with exit code 3", async () => {
  await using dir = new TempDir();
  const flags = [
    "--requests",
    "10",
    "--threshold",
    "receivedBytes.total > 1GB",
    "--out",
    dir.file("run"),
  ];
  const done = await scaletool(["httperf", ...SMALL, ...flags]);
  assertEnded(done, 3);
  const word = done.code === 3 ? "FAIL" : "\\?\\?\\?\\?";
  assert.match(done.stdout, new RegExp(`${word}\\s+receivedBytes\\.total > 1GB`));
});

Deno.test("too few samples for a quantile end with exit code 4, never with a pass", async () => {
  await using dir = new TempDir();
  const flags = [
    "--requests",
    "10",
    "--threshold",
    "request.response.p99 < 1h",
    "--out",
    dir.file("run"),
  ];
  const done = await scaletool(["httperf", ...SMALL, ...flags]);
  assert.equal(done.code, 4, done.stdout);
});

Deno.test("a server that stands still delays answers, but no arrival: response time shows it", async () => {
  await using dir = new TempDir();
  await using server = await BlockServerProcess.start();
  await using program = new Scaletool([
    ...["httperf", ...server.clientFlags, "--out", dir.file("client"), "--log-period", "500ms"],
    ...["--rate", "100/s", "--max-in-flight", "4", "--duration", "5s"],
    ...["--blocks-per-request", "1", "--period", "0"],
  ]);
  await program.line(/clientBytes = [1-9]/);
  server.program.kill("SIGSTOP");
  const reports = () => program.stderr.split("clientBytes = ").length;
  const before = reports();
  await eventually("the client goes on for 2 s", () => reports() >= before + 4);
  server.program.kill("SIGCONT");
  const done = await program.finished();
  assertEnded(done);
  const request = operation(reportAt(dir.file("client")), "request");
  assert.ok(request.total >= 495, `${request.total} were due`);
  // 200 of 500 were due in the pause, yet only 4 of them waited in the server.
  const { response, service } = request;
  assert.ok(
    response!.p90! > service!.p90!,
    `${response!.p90} ms, ${service!.p90} ms in the server`,
  );
  assert.ok(response!.max >= service!.max, `${response!.max} ms, ${service!.max} ms in the server`);
});

Deno.test("a ladder measures one stage a rung, and its answer is rebuilt from the directory alone", async () => {
  await using dir = new TempDir();
  const rungs = ["--ladder", "2,4", "--stage-duration", "1s", "--settle", "200ms", "--pause", "0"];
  const flags = ["--blocks-per-request", "3", "--period", "1ms", "--out", dir.file("run")];
  const done = await scaletool(["httperf", ...rungs, ...flags]);
  assertEnded(done);
  const { ladder, stages, manifest } = reportAt(dir.file("run"));
  assert.equal(manifest.ladder?.flag, "threads");
  const [first] = stages.filter(({ kind }) => kind === "measured");
  assert.equal(first?.name, "threads=2");
  assert.ok(first.findings.some(({ subject }) => subject.startsWith("bytes sent by the server")));
  assert.equal(ladder?.rungs[0]?.stage, "threads=2");
  assert.match(done.stdout, /^threads: (holds up to|no level held)/m);
  const again = await scaletool(["report", "-o", "json", dir.file("run")]);
  assert.deepEqual(JSON.parse(again.stdout).ladder, ladder);
});
