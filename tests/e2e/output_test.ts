/** What becomes of the program when its output cannot be written, or nobody reads it. @module */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Report } from "../../core/report/report.ts";
import { until } from "../support/living_process.ts";
import {
  FILL_STDOUT,
  type RunOptions,
  Scaletool,
  scaletool,
  TempDir,
} from "../support/scaletool.ts";

const SMALL = ["--requests", "20", "--blocks-per-request", "2", "--period", "1ms"];
const FULL = /^scaletool: Cannot write to stdout: No space left on device/m;

function warningsAt(path: string): string[] {
  const report: Report = JSON.parse(Deno.readTextFileSync(`${path}/result.json`));
  return report.warnings.map(({ code }) => code).filter((code) => /^(std|json)/.test(code));
}

/** Waits until the run has written down so many seconds. */
function intervalsIn(run: string, count: number): Promise<void> {
  const log = `${run}/run.jsonl`;
  const isThere = () => Deno.readTextFileSync(log).split('{"type":"interval"').length > count;
  return until(() => existsSync(log) && isThere(), `${count} intervals in ${log}`);
}

for (const args of [["version"], ["--help"], ["completion", "bash"], ["report", "--schema"]]) {
  Deno.test(`\`${args.join(" ")}\` on a full disk is one line and exit code 1`, async () => {
    const { code, stderr } = await scaletool(args, { redirections: "> /dev/full" });
    assert.equal(code, 1);
    assert.match(stderr, FULL);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  });

  Deno.test(`\`${args.join(" ")} | head\` is quiet`, async () => {
    // The reader has gone before the first byte.
    const { code, stderr } = await scaletool(args, { before: "exec 3>&1", redirections: "| :" });
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

const RUNS_ON: readonly { what: string; options: RunOptions; flags?: string[]; lost: string }[] = [
  { what: "its result", options: { redirections: "> /dev/full" }, lost: "stdout-lost" },
  {
    what: "--json-stream",
    options: { redirections: "> /dev/full" },
    flags: ["--json-stream"],
    lost: "stdout-lost",
  },
  { what: "its progress", options: { redirections: "2> /dev/full" }, lost: "stderr-lost" },
];

for (const { what, options, flags = [], lost } of RUNS_ON) {
  Deno.test(`a run that cannot write ${what} goes on, says so in its report and exits with 1`, async () => {
    await using dir = new TempDir();
    const run = dir.file("run");
    const done = await scaletool(["httperf", ...SMALL, ...flags, "--out", run], options);
    // A machine too busy to measure on makes the run inconclusive, which tells more.
    assert.ok([1, 4].includes(done.code), done.stderr);
    assert.deepEqual(warningsAt(run), [lost]);
    if (lost === "stdout-lost") assert.match(done.stderr, FULL);
  });
}

Deno.test("`--json-stream | head` ends the stream and not the run, which says so", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const args = ["httperf", "--duration", "3s", "--json-stream", "--out", run];
  const { code, stderr } = await scaletool(args, { redirections: "| head -n 1" });
  assert.equal(code, 0, "that of head");
  assert.match(stderr, /^report: /m);
  assert.deepEqual(warningsAt(run), ["json-stream-closed"]);
});

for (
  const [stream, options] of [
    ["stdout", { before: FILL_STDOUT }],
    ["stderr", { before: FILL_STDOUT, redirections: "2>&1 > /dev/null" }],
  ] as const
) {
  Deno.test(`a ${stream} that nobody reads stops neither load nor signals, and ends with the run`, async () => {
    await using dir = new TempDir();
    const run = dir.file("run");
    const args = ["httperf", "--duration", "50s", "--json-stream", "--out", run];
    await using program = new Scaletool(args, { ...options, holdsStdout: true });
    await intervalsIn(run, 3);
    program.kill("SIGTERM");
    assert.equal((await program.finished()).code, 143);
    assert.deepEqual(warningsAt(run), [`${stream}-lost`]);
  });
}

Deno.test("a reader that reads again gets everything that was not dropped, in order", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const args = ["httperf", "--duration", "50s", "--json-stream", "--out", run];
  await using program = new Scaletool(args, { before: FILL_STDOUT, holdsStdout: true });
  await intervalsIn(run, 3);
  void program.readStdout();
  await intervalsIn(run, 4);
  program.kill("SIGINT");
  const { code, stdout } = await program.finished();
  assert.equal(code, 130);
  const lines = stdout.replace(/^\0+/, "").trim().split("\n");
  const events = lines.map((line) => JSON.parse(line).event as string);
  assert.match(events.join(" "), /^start( interval){4,} end$/);
  assert.deepEqual(warningsAt(run), []);
});

Deno.test("results and messages for one terminal or file are in one order", async () => {
  await using dir = new TempDir();
  const run = dir.file("run");
  const { stdout } = await scaletool(["httperf", ...SMALL, "--out", run], { redirections: "2>&1" });
  assert.match(stdout, /VERDICT[\s\S]*^report: .*\n$/m);
});
