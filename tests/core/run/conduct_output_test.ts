import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { Conducted, loadFor } from "./conducted.ts";

const FULL = "No space left on device (os error 28)";

function codesOf({ report }: Conducted): string[] {
  return report.warnings.map(({ code }) => code);
}

for (const name of ["stdout", "stderr"] as const) {
  Deno.test(`a ${name} that failed on the way is said once in the report, which is then no pass`, async () => {
    await using run = new Conducted({ instrument: loadFor(2_000) });
    await run.clock.advance(1_000);
    run.delivery[name].failure = FULL;
    await run.clock.advance(1_000);
    assert.equal(await run.exitCode, 1);
    assert.deepEqual(run.report.warnings, [{
      code: `${name}-lost`,
      message: `${name} is not complete (${FULL}): this report is`,
    }]);
    assert.deepEqual([run.report.verdict, run.report.exitCode], ["pass", 1]);
    assert.match(run.stdout, new RegExp(`${name} is not complete`));
  });
}

Deno.test("a result that cannot be written is said in the report too, which is written again", async () => {
  await using run = new Conducted({ instrument: loadFor(1_000) }, { output: ["json"] });
  run.onSettling = () => run.delivery.stdout.failure = FULL;
  await run.clock.advance(1_000);
  assert.equal(await run.exitCode, 1);
  assert.deepEqual(JSON.parse(run.stdout).warnings, [], "it was not known yet");
  assert.deepEqual([codesOf(run), run.report.exitCode], [["stdout-lost"], 1]);
});

Deno.test("lost output does not hide a code that tells more", async () => {
  const thresholds = { threshold: ["request.count > 5"] };
  await using failing = new Conducted({ instrument: loadFor(100) }, thresholds);
  failing.delivery.stdout.failure = FULL;
  await failing.clock.advance(200);
  assert.equal(await failing.exitCode, 3, failing.stderr);
  await using stopped = new Conducted({ instrument: loadFor(Infinity) });
  stopped.delivery.stdout.failure = FULL;
  await stopped.clock.advance(1_000);
  stopped.signal("SIGHUP");
  await stopped.clock.advance(0);
  assert.equal(await stopped.exitCode, 129);
  assert.deepEqual(codesOf(stopped), ["stdout-lost"]);
});

Deno.test("intervals that nobody read in time are counted in the stream and in the report", async () => {
  await using run = new Conducted({ instrument: loadFor(5_500) }, { "json-stream": ["true"] });
  await run.clock.advance(1_500);
  run.isReaderBehind = true;
  await run.clock.advance(2_000);
  run.isReaderBehind = false;
  await run.clock.advance(3_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ event, endMs, intervals }) => endMs ?? intervals ?? event),
    ["start", 1_000, 2, 4_000, 5_000, 5_500, "end"],
  );
  assert.deepEqual(codesOf(run), ["json-stream-dropped"]);
  assert.match(run.report.warnings[0]!.message, /^2 intervals of --json-stream were dropped/);
});

Deno.test("a stream that was behind and then failed is both in the report", async () => {
  await using run = new Conducted({ instrument: loadFor(2_500) }, { "json-stream": ["true"] });
  run.isReaderBehind = true;
  run.onSettling = () => run.delivery.stdout.failure = FULL;
  await run.clock.advance(2_500);
  assert.equal(await run.exitCode, 1);
  assert.deepEqual(codesOf(run), ["json-stream-dropped", "stdout-lost"]);
});

Deno.test("a reader of the stream that ends before the run is said, and fails nothing", async () => {
  await using run = new Conducted({ instrument: loadFor(2_000) }, { "json-stream": ["true"] });
  await run.clock.advance(1_000);
  run.delivery.stdout.isClosed = true;
  await run.clock.advance(1_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  assert.deepEqual(codesOf(run), ["json-stream-closed"]);
});

Deno.test("a reader that has enough of the result (head, less) is nothing to say", async () => {
  await using run = new Conducted({ instrument: loadFor(1_000) });
  run.onSettling = () => run.delivery.stdout.isClosed = true;
  await run.clock.advance(1_000);
  assert.equal(await run.exitCode, 0, run.stderr);
  assert.deepEqual(codesOf(run), []);
});

Deno.test("who asks for the end does not wait long for a reader that does not read", async () => {
  await using run = new Conducted({ instrument: loadFor(Infinity) });
  await run.clock.advance(1_000);
  run.signal("SIGTERM");
  await run.clock.advance(0);
  assert.equal(await run.exitCode, 143);
  await using patient = new Conducted({ instrument: loadFor(100) });
  await patient.clock.advance(100);
  assert.equal(await patient.exitCode, 0);
  const [hurried, normal] = [run.patience[0]!, patient.patience[0]!];
  assert.ok(hurried.patienceMs <= 1_000 && normal.patienceMs >= 10_000);
  assert.ok(normal.signal !== undefined, "a signal ends that wait");
});

Deno.test("a signal before the load cuts off its preparation at once, with the signal's exit code", async () => {
  await using run = new Conducted({
    instrument: async (run) => {
      await run.clock.sleepUntil(Infinity, run.aborted);
      throw new CannotRunError("The server does not let the load begin");
    },
  });
  await run.clock.advance(0);
  run.signal("SIGTERM");
  await run.clock.advance(0);
  assert.equal(await run.exitCode, 143);
  assert.throws(() => Deno.statSync(run.path), Deno.errors.NotFound);
});
