import assert from "node:assert/strict";
import { WatchedRun } from "../../../core/console/watched_run.ts";
import type { InForce, Status } from "../../../core/control/protocol.ts";
import { CannotRunError } from "../../../core/errors.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { STATUS } from "../control/serving.ts";

/** A run that answers when the test lets it. */
function answering() {
  const asked: string[] = [];
  const run = {
    asked,
    status: { ...STATUS } as Status,
    error: undefined as Error | undefined,
    answers: Promise.resolve(),
  };
  const client = {
    async status(): Promise<Status> {
      asked.push("status");
      await run.answers;
      if (run.error !== undefined) throw run.error;
      return run.status;
    },
    async change({ kind }: { kind: string }, by: string): Promise<InForce> {
      asked.push(`${kind} by ${by}`);
      await run.answers;
      return { now: kind, sinceMs: 1 };
    },
  };
  return { run, client };
}

Deno.test("a run is asked every second, and whoever waits is told what is new", async () => {
  const clock = new FakeClock(0);
  const { run, client } = answering();
  await using watched = await WatchedRun.of(client, clock);
  const next = watched.next();
  run.status = { ...STATUS, line: "13s" };
  await clock.advance(1_000);
  assert.equal((await next).line, "13s");
  await clock.advance(2_000);
  assert.equal(run.asked.length, 4);
  assert.equal(watched.over.aborted, false);
});

Deno.test("one question is asked at a time", async () => {
  const clock = new FakeClock(0);
  const { run, client } = answering();
  await using watched = await WatchedRun.of(client, clock);
  const { promise, resolve } = Promise.withResolvers<void>();
  run.answers = promise;
  const change = watched.change({ kind: "pause" });
  await clock.advance(5_000);
  assert.deepEqual(run.asked, ["status", "pause by console"]);
  resolve();
  assert.deepEqual(await change, { now: "pause", sinceMs: 1 });
  await clock.advance(0);
  assert.deepEqual(run.asked, ["status", "pause by console", "status"]);
});

for (const end of ["it says that it is over", "it answers no more"]) {
  Deno.test(`a run is over when ${end}, and is asked no more`, async () => {
    const clock = new FakeClock(0);
    const { run, client } = answering();
    await using watched = await WatchedRun.of(client, clock);
    const next = watched.next();
    if (end === "it answers no more") run.error = new CannotRunError("it ended");
    else run.status = { ...STATUS, state: "over" };
    await clock.advance(1_000);
    await next;
    assert.equal(watched.over.aborted, true);
    await clock.advance(5_000);
    assert.equal(run.asked.length, 2);
  });
}
