/**
 * Requests through the gateway by a few workers, with always the same few tokens or with all that there
 * are. Whether a token was shown before is told apart in the samples.
 * @module
 */

import { execute } from "../../../core/load/executor.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { Rng } from "../../../core/load/rng.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { User } from "../users/user.ts";
import { type Arm, CHAT, type TokenUse } from "./measured.ts";

/** Asks the model as this user, once. */
export type Ask = (user: User, options: { readonly signal: AbortSignal }) => Promise<unknown>;

export interface GatewayArmOptions {
  readonly arm: Arm;
  readonly users: readonly User[];
  readonly workers: number;
  /** At least; every user asks twice in any case. */
  readonly requests: number;
  readonly tags: Tags;
  readonly ask: Ask;
  /** Tokens that the gateway has seen, by their users; those of this arm are added. */
  readonly shown: Set<User>;
}

/** Every user once, in an order of chance; then users by chance. */
export async function gatewayArm(stage: RunStage, options: GatewayArmOptions): Promise<void> {
  const { arm, users, workers, requests, tags, ask, shown } = options;
  const order = shuffled(users, stage.rng.fork("order"));
  const chance = stage.rng.fork("users");
  stage.begin();
  await execute(stage, {
    model: { kind: "closed", workers, thinkMs: 0 },
    maxIterations: Math.max(requests, 2 * users.length),
    workload: {
      name: `${arm} set of tokens`,
      firstOp: CHAT,
      async iterate(iteration) {
        const { index, aborted: signal } = iteration;
        const user = order[index] ?? users[chance.integerBelow(users.length)]!;
        const token: TokenUse = shown.has(user) ? "again" : "first";
        shown.add(user);
        const what = { op: CHAT, tags: { ...tags, arm, token } };
        await iteration.timed(() => ask(user, { signal }), what);
      },
    },
  });
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = rng.integerBelow(last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}
