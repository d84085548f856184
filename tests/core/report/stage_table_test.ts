/** Stages side by side. */
import assert from "node:assert/strict";
import { runStage } from "../../../core/run/run_stage.ts";
import { stageTable } from "../../../core/report/stage_table.ts";
import { Conducted } from "../run/conducted.ts";

const SPEC = { name: "a", kind: "measured", level: null, targetRatePerSec: null } as const;

Deno.test("what makes a class and accuses somebody at once is said once", async () => {
  const because = "12 of 50 answers were refused";
  await using run = new Conducted({
    isStaged: true,
    classes: [{ name: "healthy", holds: ["request.failed.count <= 0"] }, {
      name: "bad",
      holds: [],
    }],
    causes: [{ component: "server", sign: "request.failed.count <= 0", because: "it failed" }],
    async instrument(scope) {
      await runStage(scope, { ...SPEC, durationMs: 1_000 }, async (stage) => {
        stage.begin();
        stage.disqualify({ component: "policy", reason: because });
        await stage.clock.sleepUntil(Infinity, stage.stopping);
      });
    },
  });
  await run.clock.advance(2_000);
  await run.exitCode;
  const { titles, rows } = stageTable(run.report)!;
  assert.equal(rows[0]![titles.indexOf("BECAUSE")], `policy-limited: ${because}`);
});
