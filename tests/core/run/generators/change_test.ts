/** Changes that are asked of a run whose load several generators put on. @module */

import assert from "node:assert/strict";
import type { Steering } from "../../../../core/run/steering.ts";
import { Divided, openLoad } from "./divided.ts";

const OPEN = {
  targetRatePerSec: 10,
  instrument: openLoad(10),
  changes: { ratePerSec: 10 },
};

function steering(run: Divided): Steering {
  assert.ok(run.steering !== undefined);
  return run.steering;
}

/** Lets things settle until it is done. */
async function settled<T>(run: Divided, asked: Promise<T>): Promise<T> {
  let isDone = false;
  const done = asked.finally(() => isDone = true);
  done.catch(() => {});
  while (!isDone) await run.clock.advance(100);
  return await done;
}

Deno.test("a rate, a pause and its end come into force with all generators together", async () => {
  await using run = new Divided(OPEN, { count: 2, flags: { duration: ["6s"] } });
  await run.clock.advance(2_100);
  await settled(run, steering(run).change({ kind: "rate", ratePerSec: 40 }, "ctl"));
  await run.clock.advance(2_000);
  await settled(run, steering(run).change({ kind: "pause" }, "ctl"));
  await run.clock.advance(3_000);
  await settled(run, steering(run).change({ kind: "resume" }, "ctl"));
  assert.notEqual(await run.ends(), 1, run.stderr);
  const { summary, end, series } = run.report;
  const total = summary.operations[0]!.total;
  // 2 s at 10/s and 4 s at 40/s, but for what a change takes to be in force.
  assert.ok(total > 160 && total < 190, `${total}`);
  assert.ok(end!.atMs > 8_900 && end!.atMs < 9_700, `${end?.atMs}`);
  assert.ok(Math.abs(summary.measuredMs - 6_000) <= 300, `${summary.measuredMs}`);
  const points = series.operations.find(({ op }) => op === "request")!.points;
  const between = (point: typeof points[number]) => point.startMs >= 4_900 && point.endMs <= 7_100;
  assert.ok(points.filter(between).every(({ ok }) => ok === 0), JSON.stringify(points));
  const asked = run.host.orders.map(({ what }) => what.type === "change" ? what.change.kind : "");
  assert.deepEqual(asked.filter(Boolean), ["rate", "pause", "resume"]);
});

Deno.test("a change that all of them refuse is not in force, and one who refuses is named", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: { duration: ["6s"] },
    planOf: (_, plan) => ({ ...plan, changes: {} }),
  });
  await run.clock.advance(1_100);
  const asked = steering(run).change({ kind: "rate", ratePerSec: 40 }, "ctl");
  await assert.rejects(settled(run, asked), /^CannotChangeError: generator 0: There is no rate/);
  assert.equal(steering(run).status().targetRatePerSec, 10);
  await run.ends();
});

Deno.test("a change that one of them refuses is in force with the others, and the run knows of both", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: { duration: ["6s"] },
    planOf: (index, plan) => index === 0 ? plan : { ...plan, changes: {} },
  });
  await run.clock.advance(1_100);
  const asked = steering(run).change({ kind: "rate", ratePerSec: 40 }, "ctl");
  await assert.rejects(
    settled(run, asked),
    /40\/s is asked for, and generator 1: There is no rate/,
  );
  assert.equal(steering(run).status().targetRatePerSec, 40);
  await run.ends();
  assert.match(
    JSON.stringify(run.report.warnings),
    /change-in-doubt.*generator 1: There is no rate/,
  );
});

Deno.test("an end that is asked for ends the load of all, and is judged", async () => {
  await using run = new Divided(OPEN, { count: 2 });
  await run.clock.advance(3_050);
  await settled(run, steering(run).change({ kind: "stop" }, "ctl"));
  assert.equal(await run.ends(), 0, run.stderr);
  assert.equal(run.report.end?.reason, "stopped");
});

Deno.test("who does not answer to a change in time is named, and the load goes on", async () => {
  await using run = new Divided(OPEN, {
    count: 2,
    flags: { duration: ["20s"] },
    carry: (line, arrive) => line.told.type === "answer" && line.generator === 1 || arrive(line),
  });
  await run.clock.advance(1_100);
  const asked = steering(run).change({ kind: "pause" }, "ctl");
  await assert.rejects(
    settled(run, asked),
    /paused is asked for, and generator 1 did not answer in 10s/,
  );
  // It has the order: what nobody puts on is no shortfall.
  assert.equal(steering(run).status().state, "paused");
  await settled(run, steering(run).change({ kind: "resume" }, "ctl")).catch(() => {});
  await run.ends();
});
