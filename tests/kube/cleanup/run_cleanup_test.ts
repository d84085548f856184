import assert from "node:assert/strict";
import { Heartbeat } from "../../../kube/cleanup/run_cleanup.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("the last line is said again after 10 s in which nothing else was", async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const heartbeat = new Heartbeat((line) => said.push(line), { clock });
  await clock.advance(9_000);
  heartbeat.say("deleting");
  await clock.advance(9_999);
  assert.deepEqual(said, ["deleting"]);
  await clock.advance(10_001);
  assert.deepEqual(said.slice(1), [
    "deleting (still, after 19s)",
    "deleting (still, after 29s)",
  ]);
  await heartbeat[Symbol.asyncDispose]();
  await clock.advance(60_000);
  assert.equal(said.length, 3);
  assert.equal(clock.sleeperCount, 0);
});
