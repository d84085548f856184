/** Ladders that a coordinator leads several generators up, beside the same ladder climbed alone. @module */

import assert from "node:assert/strict";
import { LADDER_FLAGS } from "../../../../core/command/ladder_flags.ts";
import { ladderOf } from "../../../../core/command/given_ladder.ts";
import { RUN_FLAGS } from "../../../../core/command/run_flags.ts";
import { resolveSettings } from "../../../../core/command/settings.ts";
import { OperationFailedError } from "../../../../core/errors.ts";
import { poisson } from "../../../../core/load/arrival.ts";
import { execute } from "../../../../core/load/executor.ts";
import type { Ladder } from "../../../../core/ladder/ladder.ts";
import { climb } from "../../../../core/run/ladder.ts";
import type { RunPlan } from "../../../../core/run/run_plan.ts";
import { Conducted } from "../conducted.ts";
import { Divided } from "./divided.ts";

function ladderFrom(flags: Readonly<Record<string, string>>): Ladder {
  const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
  const settings = resolveSettings({ ...LADDER_FLAGS, ...RUN_FLAGS }, {
    command: "driver",
    flags: { settle: ["1s"], "stage-duration": ["5s"], pause: ["1s"], ...texts },
    env: () => undefined,
  });
  return ladderOf(settings, {
    climbables: [{ flag: "lambda", unit: "arrivals/s", isWhole: false, startLevel: 10 }],
  })!;
}

/** What begins: in which rung, the how many-th of the whole load, and when after the rung's beginning. */
type Arrival = readonly [rung: number, index: number, dueUs: number];

/** A target that fails whatever is offered above this rate. */
function climbing(ladder: Ladder, failsAbove: number, seen: Arrival[]): Partial<RunPlan> {
  return {
    ladder,
    isDivisible: true,
    defaultThresholds: ["request.failed.ratio < 5%"],
    instrument: (run) =>
      climb(run, {
        ladder,
        isRate: true,
        async rung(stage, level) {
          await stage.begin();
          await execute(stage, {
            workload: {
              name: "request",
              firstOp: "request",
              iterate(iteration) {
                // To the microsecond: a later start of all is rounded otherwise.
                const dueUs = Math.round((iteration.dueMs - stage.startMs) * 1_000);
                seen.push([level, iteration.index, dueUs]);
                return iteration.timed(async () => {
                  await stage.clock.sleepUntil(stage.clock.now() + 3);
                  if (level > failsAbove) throw new OperationFailedError("http-503", "");
                }, { op: "request" });
              },
            },
            model: {
              kind: "open",
              arrivals: poisson(level),
              maxInFlight: Infinity,
              whenFull: "queue",
              catchUp: "burst",
            },
          });
        },
      }),
  };
}

async function ended(run: Conducted): Promise<Conducted["report"]> {
  for (let ms = 0; ms < 3_600_000 && !run.isOver; ms += 5_000) await run.clock.advance(5_000);
  await run.exitCode;
  return run.report;
}

function inOrder(arrivals: readonly Arrival[]): Arrival[] {
  return arrivals.toSorted((one, other) =>
    one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
  );
}

for (
  const flags of [{ ladder: "5,10,20,40" }, { "find-max": "lambda" }] as Record<string, string>[]
) {
  const name = Object.keys(flags).join();
  Deno.test(`generators are led up --${name} as one alone climbs it, with the same arrivals`, async () => {
    const ladder = ladderFrom(flags);
    const [alone, together]: [Arrival[], Arrival[]] = [[], []];
    const seed = { seed: ["7"] };
    await using one = new Conducted(climbing(ladder, 25, alone), seed);
    await using three = new Divided(climbing(ladder, 25, together), { count: 3 });
    const [first, second] = [await ended(one), await ended(three)];
    assert.deepEqual(second.ladder, first.ladder, three.stderr);
    assert.deepEqual(inOrder(together), inOrder(alone));
    assert.deepEqual(
      second.stages.map(({ name, kind, level }) => [name, kind, level]),
      first.stages.map(({ name, kind, level }) => [name, kind, level]),
    );
    assert.deepEqual(
      second.stages.map(({ summary }) => summary.operations[0]?.total),
      first.stages.map(({ summary }) => summary.operations[0]?.total),
    );
    assert.ok(second.stages.every(({ startMs }) => Number.isInteger(startMs)), "no drift");
  });
}

Deno.test("what a rung leaves behind goes before the next one, by the one who leads", async () => {
  const events: string[] = [];
  const ladder = ladderFrom({ ladder: "5,10" });
  const plan = climbing(ladder, 25, []);
  await using run = new Divided({
    ...plan,
    groundwork(one) {
      events.push("laid");
      one.defer("undoing", () => Promise.resolve(void events.push("undone")));
      return Promise.resolve({ tidyUp: () => Promise.resolve(void events.push("tidied")) });
    },
    instrument: async (one, say) => {
      assert.ok(one.isOnGroundwork);
      events.push("generates");
      await plan.instrument!(one, say);
      events.push("generated");
    },
  }, { count: 2 });
  await ended(run);
  assert.deepEqual(events, [
    "laid",
    ...["generates", "generates"],
    "tidied",
    ...["generated", "generated"],
    "undone",
  ]);
});

Deno.test("a generator that is lost on a rung makes it no answer, and the others climb on", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20" });
  await using run = new Divided(climbing(ladder, 100, []), { count: 2 });
  await run.clock.advance(9_000);
  run.host.kill(1);
  const { stages, verdict } = await ended(run);
  const judged = stages.filter(({ kind }) => kind === "measured");
  assert.notEqual(verdict, "pass");
  assert.deepEqual(judged.map(({ name, validity }) => [name, validity.level]), [
    ["lambda=5", "valid"],
    ["lambda=10", "degraded"],
    ["lambda=20", "degraded"],
  ]);
});

Deno.test("Ctrl-C amid a rung ends the climb of all", async () => {
  const ladder = ladderFrom({ ladder: "5,10,20" });
  await using run = new Divided(climbing(ladder, 100, []), { count: 2 });
  await run.clock.advance(9_000);
  run.signal("SIGINT");
  const { end, stages } = await ended(run);
  assert.equal(end?.reason, "interrupted");
  assert.deepEqual(stages.filter(({ kind }) => kind === "measured").length, 2);
});
