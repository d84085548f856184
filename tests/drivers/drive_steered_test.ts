/** Drivers whose runs are changed while they go. @module */

import assert from "node:assert/strict";
import type { Change } from "../../core/run_log/change.ts";
import { Driven } from "./harness.ts";

async function steer({ conducted, clock }: Driven, change: Change): Promise<string> {
  const changed = conducted.steering.change(change, "ctl");
  await clock.settle();
  return await changed;
}

/** What was written when, by the clock of the load. */
function writesOf(driven: Driven): string[] {
  const startMs = driven.rows[0]!.dueMs!;
  return driven.rows.map(({ op, name, dueMs }) => `${op} ${name} @${Math.round(dueMs! - startMs)}`);
}

Deno.test("in a pause of cmdriver no object comes, and none grows older", async () => {
  await using driven = new Driven({ rate: "10/s", n: "5", ttl: "350ms" });
  await driven.clock.advance(220);
  assert.equal(await steer(driven, { kind: "pause" }), "paused");
  await driven.clock.advance(60_000);
  assert.equal(await steer(driven, { kind: "resume" }), "resumed");
  assert.equal(await driven.finish(), 0, driven.conducted.stderr);
  const writes = writesOf(driven);
  assert.deepEqual(writes.map((write) => write.replace(/ .*@/, " @")), [
    ...["create @0", "create @100", "create @200"],
    ...["create @60300", "delete @60350", "create @60400", "delete @60450"],
    ...["delete @60550", "delete @60650", "delete @60750"],
  ]);
  const { report } = driven.conducted;
  assert.deepEqual(report.changes.map(({ what }) => what), ["paused 1m0s"]);
  assert.equal(report.validity.level, "valid");
});

Deno.test("in a pause of cmdriverclosed no write begins, and its slots go on where they were", async () => {
  const flags = { n: "4", maxpop: "2", rate: "10", updates: "0" };
  await using driven = new Driven(flags, { command: "cmdriverclosed" });
  await driven.clock.advance(350);
  await steer(driven, { kind: "pause" });
  await driven.clock.advance(60_000);
  await steer(driven, { kind: "resume" });
  assert.equal(await driven.finish(), 0, driven.conducted.stderr);
  const atMs = writesOf(driven).map((write) => Number(write.split("@")[1]));
  // The first is due at 100.
  assert.deepEqual(atMs, [0, 100, 200, 60_300, 60_400, 60_500, 60_600, 60_700]);
});

Deno.test("workers of cmdriverclosed without a pace stop between two writes", async () => {
  const flags = { n: "10", maxpop: "10", rate: "0", updates: "0", "create-only": "true" };
  await using driven = new Driven(flags, { command: "cmdriverclosed" });
  driven.cluster.onCall = () => driven.clock.sleepUntil(driven.clock.now() + 100);
  await driven.clock.advance(1_250); // getting ready takes calls too
  const writes = () => driven.cluster.calls.filter((call) => call.includes("configmaps")).length;
  const before = writes();
  await steer(driven, { kind: "pause" });
  await driven.clock.advance(60_000);
  assert.equal(writes(), before);
  await steer(driven, { kind: "resume" });
  await driven.finish();
  assert.equal(driven.rows.length, 10);
});

Deno.test("another rate is another population, which is steady once its objects have lived", async () => {
  await using driven = new Driven({ rate: "10/s", ttl: "1s", duration: "6s" });
  await driven.clock.advance(2_950);
  assert.equal(await steer(driven, { kind: "rate", ratePerSec: 20 }), "rate 10/s -> 20/s");
  assert.equal(await driven.finish(), 0, driven.conducted.stderr);
  const { gauges } = driven.conducted.report.summary;
  const [target, steady] = ["populationTarget", "populationSteady"]
    .map((name) => gauges.find((gauge) => gauge.name === name)!);
  assert.deepEqual([target!.min, target!.max], [10, 20]);
  // Nothing in between: for a second it grows.
  assert.ok(steady!.min > 9 && steady!.max < 21);
  const { points } = driven.conducted.report.series.gauges
    .find(({ name }) => name === "populationSteady")!;
  assert.deepEqual(points.map(({ value }) => Math.round(value)), [10, 10, 20, 20]);
});

Deno.test("a driver says what of its load can be changed", async () => {
  for (
    const [flags, command, changes] of [
      [{ rate: "ramp:1/s..9/s@5s", ttl: "1s" }, "cmdriver", ["pause", "resume", "stop", "mark"]],
      [{ lambda: "5" }, "flunder-driver", ["rate", "pause", "resume", "stop", "mark"]],
      [{ ladder: "5,10" }, "cmdriver", ["pause", "resume", "stop", "mark"]],
      [{}, "cmdriverclosed", ["pause", "resume", "stop", "mark"]],
    ] as const
  ) {
    await using driven = new Driven(flags, { command });
    assert.deepEqual(driven.conducted.steering.status().changes, changes, command);
    driven.conducted.signal("SIGINT");
    await driven.finish();
  }
});
