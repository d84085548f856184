/**
 * One question of a user as a load puts it: an iteration. Counts answers when they come, whenever they
 * were due, because that is the rate which is achieved.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Iteration, Workload } from "../../../core/load/workload.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { CHAT_OP, measuredAsk } from "../chat/measured_ask.ts";
import type { User } from "../users/user.ts";
import { RATE_LIMITED } from "./limit_guard.ts";
import type { Scene } from "./maas_probe.ts";

/** Counter of answers, good or bad, by when they came. */
export const ANSWERS = "answers";
/**
 * Time of a good answer, or of none in time, beyond what a refusal takes: what went behind the auth
 * service, where the model is.
 */
export const BEYOND_AUTH = "beyondAuth";

/** The work of a load in a stage. @param userOf who asks in an iteration */
export function asking(
  { client, refusalMs, onRefused }: Pick<Scene, "client" | "refusalMs" | "onRefused">,
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
      const askedMs = clock.now();
      const answered = (isTimely: boolean) => {
        const atMs = clock.now();
        recorder.count(ANSWERS, 1, { atMs });
        const refusal = refusalMs();
        if (!isTimely || refusal === undefined) return;
        recorder.observeMs(BEYOND_AUTH, Math.max(0, atMs - askedMs - refusal), { atMs });
      };
      try {
        await measuredAsk(iteration, user, measuring);
        answered(true);
      } catch (thrown) {
        const isFailure = thrown instanceof OperationFailedError;
        if (isFailure) answered(thrown.reason === "timeout");
        if (isFailure && thrown.reason === RATE_LIMITED) onRefused(stage, iteration);
        throw thrown;
      }
    },
  };
}
