/**
 * Requests through the gateway by a few workers, with always the same few tokens or with all that there
 * are. Whether a token was shown before is told apart in the samples.
 * @module
 */

import { execute } from "../../../core/load/executor.ts";
import { shuffled } from "../../../core/load/shuffled.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { User } from "../users/user.ts";
import type { ChatClient } from "../chat/chat_client.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import type { Arm, TokenUse } from "./measured.ts";
import type { Seat } from "./seat.ts";

export interface GatewayArmOptions {
  readonly arm: Arm;
  readonly users: readonly User[];
  /** One for each worker; their connections are kept from one arm to the next. */
  readonly seats: readonly Seat[];
  /** At least; every user asks twice in any case. */
  readonly requests: number;
  /** How long it goes on at least, however quick the answers are. */
  readonly leastMs: number;
  readonly tags: Tags;
  readonly client: Pick<ChatClient, "ask">;
  /** Tokens that the gateway has seen, by their users; those of this arm are added. */
  readonly shown: Set<User>;
}

/**
 * Every user once, in an order of chance; then users by chance. All answers of a moment have something in
 * common that is not the number of tokens: so it takes its time.
 */
export async function gatewayArm(stage: RunStage, options: GatewayArmOptions): Promise<void> {
  const { arm, users, seats, requests, leastMs, tags, client, shown } = options;
  const order = shuffled(users, stage.rng.fork("order"));
  const chance = stage.rng.fork("users");
  const needed = Math.max(requests, 2 * users.length);
  await stage.begin();
  await execute(stage, {
    model: { kind: "closed", workers: seats.length, thinkMs: 0 },
    workload: {
      name: `${arm} set of tokens`,
      firstOp: CHAT_OP,
      async iterate(iteration) {
        const { index, worker, aborted: signal } = iteration;
        if (index + 1 >= needed && stage.elapsedMs >= leastMs) stage.stop("limit");
        const user = order[index] ?? users[chance.integerBelow(users.length)]!;
        const token: TokenUse = shown.has(user) ? "again" : "first";
        shown.add(user);
        const seat = seats[worker]!;
        seat.take(user);
        await iteration.timed(() => client.ask(seat, { signal }), {
          op: CHAT_OP,
          tags: { ...tags, tier: user.tier, arm, token },
        });
      },
    },
  });
}
