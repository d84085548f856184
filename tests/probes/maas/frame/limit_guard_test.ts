/** Limits that stand in the way of a load, on a clock that only the test moves. @module */

import assert from "node:assert/strict";
import { LADDER_FLAGS } from "../../../../core/command/ladder_flags.ts";
import { ladderOf } from "../../../../core/command/given_ladder.ts";
import { RUN_FLAGS } from "../../../../core/command/run_flags.ts";
import { resolveSettings } from "../../../../core/command/settings.ts";
import { climb } from "../../../../core/run/ladder.ts";
import type { RunStage } from "../../../../core/run/run_stage.ts";
import { LimitGuard } from "../../../../probes/maas/frame/limit_guard.ts";
import type { Reverted } from "../../../../probes/maas/policies/policy.ts";
import { Conducted } from "../../../core/run/conducted.ts";

const LADDER = ladderOf(
  resolveSettings({ ...LADDER_FLAGS, ...RUN_FLAGS }, {
    command: "users",
    flags: { ladder: ["1,2"], settle: ["2s"], "stage-duration": ["10s"], pause: ["0s"] },
    env: () => undefined,
  }),
  { climbables: [{ flag: "users", unit: "users", isWhole: true, startLevel: 1 }] },
)!;

/** So many users at once, each of whom asks again when it is answered or refused. */
function guarded(
  areRaised: boolean,
  { outcomeAt, users = 1, tookMs = 100, onGuard = () => {} }: {
    outcomeAt: (elapsedMs: number) => "ok" | "rate-limited";
    users?: number;
    tookMs?: number;
    onGuard?: (guard: LimitGuard, stage: RunStage) => void;
  },
): Conducted {
  return new Conducted({
    ladder: LADDER,
    mainOperation: "chat",
    defaultThresholds: ["chat.failed.count <= 0"],
    reasons: ["rate-limited"],
    causes: [{ component: "server", sign: "chat.failed.count <= 0", because: "it failed" }],
    async instrument(run) {
      const guard = new LimitGuard(run, { areRaised });
      const rung = (stage: RunStage) =>
        guard.watch(stage, async () => {
          stage.begin();
          onGuard(guard, stage);
          while (!stage.stopping.aborted) {
            const dueMs = stage.clock.now();
            const kind = outcomeAt(run.elapsedMs);
            await stage.clock.sleepUntil(dueMs + tookMs, stage.aborted);
            const times = { dueMs, sentMs: dueMs, doneMs: stage.clock.now() };
            const outcome = kind === "ok"
              ? { kind } as const
              : { kind: "failed", reason: kind } as const;
            for (let user = 0; user < users; user++) {
              stage.recorder.record({ op: "chat", ...times, outcome });
              if (kind !== "ok") guard.onRefused(stage, times);
            }
          }
        });
      await climb(run, { ladder: LADDER, isRate: false, rung });
    },
  });
}

async function over(run: Conducted): Promise<number> {
  for (let turn = 0; turn < 20 && !run.isOver; turn++) await run.clock.advance(5_000);
  return await run.exitCode;
}

Deno.test("refusals of limits that were not raised are no answer, also those of the start", async () => {
  await using run = guarded(false, { outcomeAt: () => "rate-limited" });
  assert.equal(await over(run), 4);
  const { ladder, stages } = run.report;
  assert.equal(ladder?.boundBy, "policy");
  assert.match(stages.at(-1)?.disqualified?.reason ?? "", /^100 of 100 answers were 429/);
});

Deno.test("so many users that were refused at the border of the start end no level of which nothing is known", async () => {
  await using run = guarded(false, { outcomeAt: () => "rate-limited", users: 300, tookMs: 300 });
  assert.equal(await over(run), 4);
  const { ladder, stages } = run.report;
  assert.equal(ladder?.boundBy, "policy");
  assert.match(stages.at(-1)?.disqualified?.reason ?? "", /^300 of 300 answers were 429/);
});

Deno.test("refusals although all limits are raised are the target's", async () => {
  await using run = guarded(true, { outcomeAt: () => "rate-limited" });
  assert.equal(await over(run), 3);
  assert.deepEqual([run.report.ladder?.boundBy, run.report.ladder?.firstBad], ["capacity", 1]);
});

Deno.test("a limit that somebody changes makes its level no answer, whenever in it that is", async () => {
  for (const afterMs of [500, 2_000, 6_000]) {
    const reverted = { why: "it is 5 again" } as Reverted;
    await using run = guarded(true, {
      outcomeAt: () => "ok",
      onGuard: (guard, stage) =>
        void stage.clock.sleepUntil(stage.clock.now() + afterMs, stage.stopping)
          .then(() => guard.onReverted(reverted)),
    });
    assert.equal(await over(run), 4);
    const { ladder, stages } = run.report;
    assert.equal(ladder?.rungs.length, 1);
    assert.equal(ladder?.boundBy, "policy");
    assert.equal(
      stages.at(-1)?.disqualified?.reason,
      "limits were changed by somebody else: it is 5 again",
    );
  }
});
