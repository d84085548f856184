import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { until } from "../../../core/load/until.ts";
import { Run } from "../../../core/run/run.ts";
import { Conducted, loadFor } from "./conducted.ts";

const BY_HAND = "kubectl delete configmap -l run=7";

/** Registers an undo of this many ms that heeds its signal. */
function undoFor(ms: number) {
  return (run: Run) =>
    run.defer("deleting configmaps", async (signal) => {
      await run.clock.sleepUntil(run.clock.now() + ms, signal);
      signal.throwIfAborted();
    }, { byHand: BY_HAND });
}

const refusing = (run: Run) =>
  run.defer("deleting configmaps", () => Promise.reject(new Error("forbidden")), {
    byHand: BY_HAND,
  });

Deno.test("what threads measured in a second is shown with it, though it comes a moment later", async () => {
  const instrument = async (run: Run) => {
    run.begin();
    const leave = run.onStretch(() => {});
    const thread = new Run({ id: run.id, clock: run.clock, rng: run.rng, log: () => {} });
    for (let second = 1; second <= 2; second++) {
      const dueMs = run.clock.now();
      const sample = { op: "request", dueMs, sentMs: dueMs, doneMs: dueMs } as const;
      thread.recorder.record({ ...sample, outcome: { kind: "ok" } });
      await run.clock.sleepUntil(run.startMs + second * 1_000 + 50);
      const intervals = thread.recorder.rotate(run.startMs + second * 1_000);
      run.absorb(intervals.map((interval) => ({ type: "interval", interval })));
    }
    await run.clock.sleepUntil(run.startMs + 2_500);
    leave();
  };
  await using run = new Conducted({ instrument }, { "json-stream": ["true"] });
  await run.clock.advance(3_000);
  await run.exitCode;
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const shown = events.filter(({ event }) => event === "interval")
    .map(({ endMs, operations }) => [endMs, operations.map(({ ok }: { ok: number }) => ok)]);
  assert.deepEqual(shown, [[1_000, [1]], [2_000, [1]], [2_500, []]]);
});

Deno.test("undoing takes longer than the grace of the load, and the run passes", async () => {
  const isCutOff: boolean[] = [];
  const prepare = (run: Run) => {
    run.defer("closing", () => Promise.resolve(void isCutOff.push(run.aborted.aborted)));
    undoFor(21_500)(run);
  };
  await using run = new Conducted({ instrument: loadFor(100, prepare) });
  await run.clock.advance(22_000);
  assert.equal(await run.exitCode, 0, run.stderr + run.stdout);
  assert.deepEqual(run.cleaningLines, [
    "cleaning up: deleting configmaps",
    "cleaning up: deleting configmaps, 10s so far",
    "cleaning up: deleting configmaps, 20s so far",
  ]);
  assert.deepEqual(isCutOff, [false]);
  const { end, warnings, findings } = run.report;
  assert.deepEqual(end, { reason: "limit", atMs: 100 });
  assert.deepEqual(warnings, []);
  assert.equal(findings.length, 1);
});

Deno.test("a run that would pass but leaves something behind fails", async () => {
  await using run = new Conducted({ instrument: loadFor(100, refusing) });
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 3);
  const message = `deleting configmaps: forbidden; finish with: ${BY_HAND}`;
  assert.deepEqual(run.cleaningLines, [`not cleaned: ${message}`]);
  const { verdict, findings, warnings } = run.report;
  assert.equal(verdict, "fail");
  assert.deepEqual(findings.map(({ subject, verdict }) => [subject, verdict]), [
    ["request.failed.count <= 0", "pass"],
    ["cleanup", "fail"],
  ]);
  assert.deepEqual(warnings, [{ code: "not-cleaned", message }]);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} stops and cleans; what is left does not change exit code ${code}`, async () => {
    await using run = new Conducted({ instrument: loadFor(Infinity, refusing) });
    await run.clock.advance(2_000);
    run.signal(signal);
    await run.clock.advance(0);
    assert.equal(await run.exitCode, code);
    assert.equal(run.report.verdict, "fail");
    assert.match(run.stderr, /^not cleaned: deleting configmaps: forbidden; finish with: kubectl/m);
  });
}

Deno.test("an instrument that a signal meets while it waits has ended, and is not broken", async () => {
  await using run = new Conducted({
    instrument: async (run) => {
      run.begin();
      const signal = run.stopping;
      await until(run.clock, () => undefined, { pollMs: 1_000, timeoutMs: Infinity, signal });
    },
  });
  await run.clock.advance(2_000);
  run.signal("SIGINT");
  await run.clock.advance(0);
  assert.equal(await run.exitCode, 130);
  assert.doesNotMatch(run.stderr, /scaletool:/);
});

Deno.test("a second signal cuts off the cleaning, and says how to finish it", async () => {
  await using run = new Conducted({ instrument: loadFor(Infinity, undoFor(40_000)) });
  await run.clock.advance(2_000);
  run.signal("SIGINT");
  await run.clock.advance(500);
  assert.equal(run.isOver, false);
  run.signal("SIGINT");
  await run.clock.advance(0);
  assert.equal(await run.exitCode, 130);
  assert.deepEqual(run.cleaningLines, [
    "SIGINT: stopping and cleaning up; once more to cut off what is in flight",
    "SIGINT: cutting off the cleaning",
    `not cleaned: deleting configmaps: cut off by SIGINT; finish with: ${BY_HAND}`,
  ]);
});

Deno.test("a second signal that cuts off the load leaves the cleaning its time", async () => {
  const cutOff: number[] = [];
  await using run = new Conducted({
    instrument: async (run) => {
      undoFor(30_000)(run);
      run.begin();
      await run.clock.sleepUntil(Infinity, run.aborted);
      cutOff.push(run.elapsedMs);
    },
  });
  await run.clock.advance(1_000);
  run.signal("SIGTERM");
  await run.clock.advance(400);
  run.signal("SIGTERM");
  await run.clock.advance(29_900);
  assert.equal(run.isOver, false);
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 143);
  assert.deepEqual(cutOff, [1_400]);
  assert.doesNotMatch(run.stderr, /not cleaned/);
  assert.match(
    run.stderr,
    /^once more ends at once, without deleting configmaps; finish then with/m,
  );
});

Deno.test("what is in flight 5 s after the stop is cut off", async () => {
  const cutOff: number[] = [];
  await using run = new Conducted({
    instrument: async (run) => {
      run.begin();
      await run.clock.sleepUntil(Infinity, run.aborted);
      cutOff.push(run.elapsedMs);
    },
  }, { duration: ["2s"] });
  await run.clock.advance(10_000);
  await run.exitCode;
  assert.deepEqual(cutOff, [7_000]);
  assert.equal(run.report.end?.reason, "duration");
});

Deno.test("one signal while a finished run cleans up changes neither cleaning nor exit code", async () => {
  await using run = new Conducted({ instrument: loadFor(100, undoFor(900)) });
  await run.clock.advance(500);
  run.signal("SIGINT");
  await run.clock.advance(1_000);
  assert.equal(await run.exitCode, 0);
  assert.match(run.stderr, /^SIGINT: cleaning up already; once more to cut that off$/m);
});

for (const [flags, seconds] of [[{}, 60], [{ "cleanup-timeout": ["10s"] }, 10]] as const) {
  Deno.test(`cleaning ends after ${seconds} s with ${JSON.stringify(flags)}`, async () => {
    await using run = new Conducted({ instrument: loadFor(100, undoFor(Infinity)) }, flags);
    await run.clock.advance(100 + seconds * 1_000 - 1);
    assert.equal(run.isOver, false);
    await run.clock.advance(1);
    assert.equal(await run.exitCode, 3);
    assert.match(run.stderr, /not cleaned: .*: not done within \w+ \(--cleanup-timeout\); finish/);
  });
}

Deno.test("--quiet hides that cleaning goes on, but not what is left", async () => {
  const flags = { quiet: ["true"], "cleanup-timeout": ["15s"] };
  await using run = new Conducted({ instrument: loadFor(100, undoFor(Infinity)) }, flags);
  await run.clock.advance(16_000);
  assert.equal(await run.exitCode, 3);
  assert.deepEqual(run.cleaningLines.map((line) => line.slice(0, 11)), ["not cleaned"]);
});

Deno.test("a load that cannot begin is undone too, and leaves no run directory", async () => {
  await using run = new Conducted({
    instrument: (run) => {
      refusing(run);
      throw new CannotRunError("Cannot reach the server");
    },
  });
  await assert.rejects(run.exitCode, CannotRunError);
  assert.match(run.stderr, /^not cleaned: deleting configmaps: forbidden; finish with: kubectl/m);
  assert.throws(() => Deno.statSync(run.path), Deno.errors.NotFound);
});

Deno.test("what is known of the target is in manifest, result and text", async () => {
  const facts = { context: "kind-a", "server version": "v1.36.3" };
  await using run = new Conducted({ facts });
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 0);
  assert.deepEqual([run.manifest.facts, run.report.manifest.facts], [facts, facts]);
  assert.match(run.stdout, /\| context kind-a \| server version v1\.36\.3\n/);
});

Deno.test("warnings of the plan are said before the load and are in the report", async () => {
  const warnings = [{ code: "system-masters", message: "No limits hold for this user" }];
  await using run = new Conducted({ warnings, instrument: loadFor(Infinity) });
  await run.said(/^WARNING: No limits hold for this user$/m);
  run.signal("SIGINT");
  await run.exitCode;
  assert.deepEqual(run.report.warnings, warnings);
});
