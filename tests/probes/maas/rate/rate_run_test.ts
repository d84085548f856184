/** Questions at a rate, on a gateway that answers as the test says. @module */

import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { COMPLETION, ScriptedGateway } from "../scripted_gateway.ts";
import { QUICK, used } from "../used.ts";

const LIMITS_AS_FOUND = "--raise-limits=false";

Deno.test("questions are of users in turn, as many of each, however few are under way", async () => {
  await using gateway = new ScriptedGateway();
  const asked = new Map<string, number>();
  gateway.toUser = ({ account = "" }) => {
    asked.set(account, (asked.get(account) ?? 0) + 1);
    return undefined;
  };
  const { report, stderr } = await used(gateway, [
    "rate",
    ...["--rate", "40/s", "--accounts", "4", LIMITS_AS_FOUND],
    ...QUICK,
  ]);
  assert.deepEqual([report.ladder.flag, report.ladder.rungs.length], ["rate", 1], stderr);
  assert.equal(asked.size, 4);
  const counts = [...asked.values()];
  // Each tier's first user is asked once more, before the load.
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, counts.join(", "));
});

Deno.test("what is not answered as fast as it is due counts against the gateway, though nothing fails", async () => {
  await using gateway = new ScriptedGateway();
  // One after another: of sixty a second no more than ten are ever answered.
  const clock = new SystemClock();
  let last: Promise<unknown> = Promise.resolve();
  gateway.toUser = async () => {
    const turn = last.then(() => clock.sleepUntil(clock.now() + 100));
    last = turn;
    await turn;
    return Response.json(COMPLETION);
  };
  const { report, stderr } = await used(gateway, [
    "rate",
    ...["--ladder", "60", "--max-in-flight", "4", "--accounts", "4", LIMITS_AS_FOUND],
    ...["--settle", "0s", "--stage-duration", "3s", "--pause", "0s"],
  ]);
  const [rung] = report.ladder.rungs;
  assert.notEqual(rung.class, "healthy", stderr);
  const chat = report.stages.at(-1).summary.operations
    .find(({ op }: { op: string }) => op === "chat");
  assert.equal(chat.failed, 0);
  assert.ok(chat.dropped > chat.ok, JSON.stringify([chat.dropped, chat.ok]));
});
