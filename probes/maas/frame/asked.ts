/**
 * One question of a user as a load puts it: an iteration. Counts answers when they come, whenever they
 * were due, because that is the rate which is achieved.
 * @module
 */

import type { Iteration, Workload } from "../../../core/load/workload.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { CHAT_OP, measuredAsk } from "../chat/measured_ask.ts";
import type { User } from "../users/user.ts";
import type { Scene } from "./maas_probe.ts";

/** Counter of answers, good or bad, by when they came. */
export const ANSWERS = "answers";

/** The work of a load in a stage. @param userOf who asks in an iteration */
export function asking(
  { client }: Pick<Scene, "client">,
  stage: RunStage,
  userOf: (iteration: Iteration) => User,
): Workload {
  const { clock, recorder } = stage;
  const measuring = { client, clock, recorder };
  return {
    name: "chat",
    firstOp: CHAT_OP,
    async iterate(iteration) {
      const user = userOf(iteration);
      try {
        await measuredAsk(iteration, user, measuring);
      } finally {
        recorder.count(ANSWERS, 1, { atMs: clock.now() });
      }
    },
  };
}
