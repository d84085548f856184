/** `scaletool ctl` and runs that go on, each a process of its own. */

import assert from "node:assert/strict";
import type { Report } from "../../core/report/report.ts";
import { until } from "../support/living_process.ts";
import { Scaletool, scaletool, TempDir } from "../support/scaletool.ts";

/** A run whose socket is there. */
async function running(dir: TempDir, id: string): Promise<Scaletool> {
  // Nothing but its working directory need be writable, as in a container.
  const missing = dir.file("missing");
  const options = { cwd: dir.path, env: { TMPDIR: missing, HOME: missing } };
  const args = ["httperf", "--threads", "2", "--duration", "100s", "--run-id", id];
  const program = new Scaletool(args, options);
  const log = dir.file(`scaletool-runs/${id}/run.jsonl`);
  await until(() => textOf(log).includes('"interval"'), `a second of run ${id}`);
  return program;
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function reportOf(dir: TempDir, id: string): Report {
  return JSON.parse(Deno.readTextFileSync(dir.file(`scaletool-runs/${id}/result.json`)));
}

Deno.test("ctl asks the only run of the folder, also two at once, and stops it", async () => {
  await using dir = new TempDir();
  await using program = await running(dir, "one");
  const ctl = (...words: string[]) => scaletool(["ctl", ...words], { cwd: dir.path });
  const { code, stdout, stderr } = await ctl("status", "-o", "json");
  assert.deepEqual([code, stderr], [0, ""]);
  const { runId, state, target } = JSON.parse(stdout);
  assert.deepEqual([runId, state, target], ["one", "running", "own server"]);
  const marks = await Promise.all([ctl("mark", "first"), ctl("one", "mark", "second")]);
  for (const { code, stdout } of marks) {
    assert.equal(code, 0);
    assert.match(stdout, /^mark .*(?:first|second)"? since [\d.]+m?s\n$/);
  }
  assert.equal((await ctl("rate", "5")).code, 1, "it has no rate");
  assert.match((await ctl("stop")).stdout, /^stop.* since [\d.]+m?s\n$/);
  const ended = await program.finished();
  const { end, exitCode, marks: made } = reportOf(dir, "one");
  assert.equal(end?.reason, "stopped");
  assert.equal(ended.code, exitCode, "it is judged on what it had");
  assert.ok([0, 4].includes(exitCode), ended.stderr);
  const labels = made.map(({ label }) => label).join(" ");
  assert.match(labels, /first/);
  assert.match(labels, /second/);
  const over = await ctl("one", "status");
  assert.equal(over.code, 1);
  assert.match(over.stderr, /^scaletool: Cannot control run one: it is over, stopped after/);
});

Deno.test("a run that was killed is in nobody's way, and is told from one that goes on", async () => {
  await using dir = new TempDir();
  const ctl = (...words: string[]) => scaletool(["ctl", ...words], { cwd: dir.path });
  await using killed = await running(dir, "killed");
  killed.kill("SIGKILL");
  await killed.finished();
  assert.ok(Deno.lstatSync(dir.file("scaletool-runs/killed/control.sock")).isSocket);
  const dead = await ctl("killed", "pause");
  assert.equal(dead.code, 1);
  assert.match(dead.stderr, /it was killed, or has no control socket; it last wrote to its log at/);
  assert.match((await ctl("status")).stderr, /no run goes on in scaletool-runs/);
  await using _one = await running(dir, "one");
  assert.match((await ctl("status")).stdout, /^run {6}one$/m);
  await using _other = await running(dir, "other");
  const unclear = await ctl("status");
  assert.equal(unclear.code, 1);
  assert.match(unclear.stderr, /2 runs go on in scaletool-runs, name one: one, other/);
});
