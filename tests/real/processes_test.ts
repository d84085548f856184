import assert from "node:assert/strict";
import { CannotRunError } from "../../core/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempDir } from "../support/scaletool.ts";
import { type Readiness, waitUntilReady } from "./processes.ts";

/** A program that starts for so long as the test lets it: this process, with a log of its own. */
function starting(dir: TempDir, look: () => Readiness) {
  const clock = new FakeClock();
  const logFile = dir.file("log");
  let outcome = "starting";
  const over = waitUntilReady(() => Promise.resolve(look()), {
    ...{ name: "server", pid: Deno.pid, dir: Deno.readLinkSync("/proc/self/cwd"), logFile, clock },
  }).then(() => outcome = "ready", (error) => {
    assert.ok(error instanceof CannotRunError);
    outcome = error.message;
  });
  return { clock, logFile, over, outcome: () => outcome };
}

Deno.test("a program that takes minutes to start is waited for as long as its log grows", async () => {
  await using dir = new TempDir();
  let readiness: Readiness = "silent";
  const { clock, logFile, over, outcome } = starting(dir, () => readiness);
  for (let minute = 0; minute < 8; minute++) {
    await Deno.writeTextFile(logFile, `line ${minute}\n`, { append: true });
    await clock.advance(59_000);
    assert.equal(outcome(), "starting");
  }
  readiness = "ready";
  await clock.advance(100);
  await over;
  assert.equal(outcome(), "ready");
});

Deno.test("a program that answers, but not yet well, is waited for ten minutes", async () => {
  await using dir = new TempDir();
  const { clock, over, outcome } = starting(dir, () => "alive");
  await clock.advance(599_000);
  assert.equal(outcome(), "starting");
  await clock.advance(2_000);
  await over;
  assert.match(outcome(), /^Cannot start server: not ready after 600 s; its log ends:\n/);
});

Deno.test("a program without a sign of life is given up after a minute, with its last words", async () => {
  await using dir = new TempDir();
  const { clock, logFile, over, outcome } = starting(dir, () => "silent");
  await Deno.writeTextFile(logFile, "listening soon\n");
  await clock.advance(59_000);
  assert.equal(outcome(), "starting");
  await clock.advance(2_000);
  await over;
  assert.equal(
    outcome(),
    "Cannot start server: no sign of life for 60 s; its log ends:\nlistening soon",
  );
});
