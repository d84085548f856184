/**
 * The work of rate on a gateway: questions when they are due, whatever is unanswered, of users in turn. How
 * many users there are bounds nothing: each has as many questions under way as are due.
 * @module
 */

import { execute } from "../../../core/load/executor.ts";
import { hasOthers, ourPlace } from "../../../core/load/share.ts";
import { climb } from "../../../core/run/ladder.ts";
import { asking } from "../frame/asked.ts";
import type { Scene } from "../frame/maas_probe.ts";
import { someOf } from "../frame/tiers.ts";
import type { RatePlan } from "./rate_plan.ts";

/** See the module. */
export async function climbRates(scene: Scene, plan: RatePlan): Promise<void> {
  const { ladder, shares, accounts, arrivalsAt, values } = plan;
  const { share } = scene.run;
  const count = accounts.reduce((sum, one) => sum + one.count, 0);
  const users = hasOthers(share)
    ? scene.users.ours(accounts)
    : someOf(scene.users.all, shares, count);
  await climb(scene.run, {
    ladder,
    isRate: true,
    rung: (stage, level) =>
      scene.load(stage, async () => {
        await stage.begin();
        await execute(stage, {
          workload: asking(scene, stage, ({ index }) =>
            users[ourPlace(share, index) % users.length]!),
          model: {
            kind: "open",
            arrivals: arrivalsAt(level),
            maxInFlight: values["max-in-flight"],
            whenFull: "drop",
            catchUp: "burst",
          },
        });
      }),
  });
}
