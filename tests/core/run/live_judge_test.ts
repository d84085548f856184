import assert from "node:assert/strict";
import type { Standing, StandingState } from "../../../core/judge/standing.ts";
import { parseThreshold } from "../../../core/judge/threshold.ts";
import { LiveJudge } from "../../../core/run/live_judge.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function standing(text: string, state: StandingState): Standing {
  const threshold = parseThreshold(text);
  const finding = {
    subject: text,
    verdict: "pass",
    observed: null,
    limit: "",
    reason: "",
  } as const;
  return { threshold, finding, state, isSure: state === "fails", judgedMs: 0 };
}

function watched(costMs = 0) {
  const clock = new FakeClock(5_000);
  const states: StandingState[] = ["open", "open"];
  const asked: number[] = [];
  const live = new LiveJudge({
    clock,
    standings: () => {
      asked.push(clock.now());
      clock.stall(costMs);
      return [
        standing('create{kind="a b"}.p99 < 1ms', states[0]!),
        standing("list.failed.ratio < 1%", states[1]!),
      ];
    },
  });
  return { clock, live, states, asked };
}

Deno.test("a threshold that begins to fail is told once, and once when it fails no more", () => {
  const { live, states, clock } = watched();
  const told: string[] = [];
  const end = live.onTransition(({ atMs, standing: { finding, state } }) =>
    told.push(`${atMs} ${finding.subject} ${state}`)
  );
  const look = (one: StandingState, other: StandingState) => {
    states.splice(0, 2, one, other);
    live.look();
    clock.stall(1_000);
  };
  look("open", "holds");
  look("fails", "holds");
  look("fails", "fails");
  look("fails", "open");
  look("holds", "open");
  look("open", "holds");
  assert.deepEqual(told, [
    '6000 create{kind="a b"}.p99 < 1ms fails',
    "7000 list.failed.ratio < 1% fails",
    "8000 list.failed.ratio < 1% open",
    '9000 create{kind="a b"}.p99 < 1ms holds',
  ]);
  end();
  look("fails", "fails");
  assert.equal(told.length, 4);
});

Deno.test("the live line names what fails, as it was asked, and says nothing while nothing does", () => {
  const { live, states } = watched();
  assert.equal(live.text, "");
  live.look();
  assert.equal(live.text, "");
  states[1] = "fails";
  live.look();
  assert.equal(live.text, "1 of 2 thresholds failing: list.failed.ratio");
  states[0] = "fails";
  live.look();
  assert.equal(
    live.text,
    '2 of 2 thresholds failing: create{kind="a b"}.p99, list.failed.ratio',
  );
});

Deno.test("looking takes a hundredth of the time at most", () => {
  const { live, clock, asked } = watched(35);
  for (let second = 0; second < 9; second++) {
    live.look();
    clock.stall(5_000 + 1_000 * (second + 1) - clock.now());
  }
  assert.deepEqual(asked, [5_000, 9_000, 13_000]);
});
