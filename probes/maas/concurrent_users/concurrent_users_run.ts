/**
 * The work of concurrent users on a gateway: on each level so many workers, each of them one user all the
 * time, so that its credential, its connection and its quota are its own.
 * @module
 */

import { execute } from "../../../core/load/executor.ts";
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
  const { ladder, values: { iterations } } = plan;
  await climb(scene.run, {
    ladder,
    isRate: false,
    mayEndEarly: iterations !== undefined,
    rung: async (stage, level) => {
      const users = await usersOf(scene, stage, { plan, level });
      await scene.load(stage, async () => {
        stage.begin();
        const workload = asking(scene, stage, ({ worker }) => users[worker % users.length]!);
        await execute(stage, {
          workload: iterations === undefined
            ? workload
            : ending(workload, stage, { iterations, settleMs: ladder.settleMs }),
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
  await growTo(users, stage, spread(shares, count));
  return someOf(users.all, shares, count);
}

/** Ends the stage once so many iterations that count have ended. */
function ending(
  workload: Workload,
  stage: RunStage,
  { iterations, settleMs }: { iterations: number; settleMs: number },
): Workload {
  let ended = 0;
  return {
    ...workload,
    async iterate(iteration) {
      const counts = iteration.dueMs >= stage.startMs + settleMs;
      try {
        await workload.iterate(iteration);
      } finally {
        if (counts && ++ended === iterations) stage.stop("limit");
      }
    },
  };
}
