/**
 * The work of concurrent users on a gateway: on each level so many workers, each of them one user all the
 * time, so that its credential, its connection and its quota are its own.
 * @module
 */

import { execute } from "../../../core/load/executor.ts";
import { hasOthers, ourCount, ourPlace } from "../../../core/load/share.ts";
import type { Workload } from "../../../core/load/workload.ts";
import { climb } from "../../../core/run/ladder.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { asking } from "../frame/asked.ts";
import { growTo } from "../frame/grow_to.ts";
import type { Scene } from "../frame/maas_probe.ts";
import { someOf, spread } from "../frame/tiers.ts";
import type { User } from "../users/user.ts";
import type { ConcurrentUsersPlan } from "./concurrent_users_plan.ts";

/** See the module. */
export async function climbUsers(scene: Scene, plan: ConcurrentUsersPlan): Promise<void> {
  const { ladder, values } = plan;
  const { share } = scene.run;
  const iterations = values.iterations === undefined
    ? undefined
    : ourCount(share, values.iterations);
  await climb(scene.run, {
    ladder,
    isRate: false,
    mayEndEarly: iterations !== undefined,
    rung: async (stage, level) => {
      const users = await usersOf(scene, stage, { plan, level });
      await scene.load(stage, async () => {
        await stage.begin();
        const workload = asking(
          scene,
          stage,
          ({ worker }) => users[ourPlace(share, worker) % users.length]!,
        );
        await execute(stage, {
          workload: iterations === undefined ? workload : ending(workload, stage, iterations),
          model: { kind: "closed", workers: level, thinkMs: 0 },
        });
      });
    },
  });
}

/** One for each worker, or fewer that are shared. */
async function usersOf(
  { users }: Scene,
  stage: RunStage,
  { plan, level }: { plan: ConcurrentUsersPlan; level: number },
): Promise<readonly User[]> {
  const { shares, accounts } = plan;
  const most = accounts.reduce((sum, { count }) => sum + count, 0);
  const count = Math.min(level, most);
  const counts = spread(shares, count);
  await growTo(users, stage, counts);
  return hasOthers(stage.share) ? users.ours(counts) : someOf(users.all, shares, count);
}

/** Ends the stage once so many iterations that count have ended; those of this generator. */
function ending(
  workload: Workload,
  stage: RunStage,
  iterations: number,
): Workload {
  let ended = 0;
  if (iterations === 0) stage.stop("limit");
  return {
    ...workload,
    async iterate(iteration) {
      const { run } = stage;
      const counts = run.stageAt(iteration.dueMs - run.startMs)?.kind === "measured";
      try {
        await workload.iterate(iteration);
      } finally {
        if (counts && ++ended === iterations) stage.stop("limit");
      }
    },
  };
}
