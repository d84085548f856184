/**
 * TokenReviews straight at the API server, past gateway and auth service: what the server takes for a
 * token that it has not seen, and for one that it has just seen. The tokens are minted for this alone,
 * as many whatever the number of users, because a server remembers what it has reviewed.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { execute } from "../../../core/load/executor.ts";
import type { Tags } from "../../../core/measure/sample.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { eachAtMost } from "../../../kube/each_at_most.ts";
import type { ObjectRef } from "../../../kube/object.ts";
import { SHORTEST_TOKEN_LIFE_MS } from "../../../kube/service_account/shortest_life.ts";
import { requestToken } from "../../../kube/service_account/token_request.ts";
import { reviewToken } from "../../../kube/service_account/token_review.ts";
import { retrying } from "../../../kube/set_up_retry.ts";
import { REVIEW } from "../frame/review.ts";
import { type TokenUse } from "./measured.ts";

export interface ReviewArmOptions {
  readonly cluster: Cluster;
  /** Of the users; tokens are minted for them by turns. */
  readonly accounts: readonly ObjectRef[];
  readonly audiences: readonly string[];
  /** How many tokens; each is reviewed twice in a row. */
  readonly reviews: number;
  readonly workers: number;
  /** Over which they are spread: all that is asked within a moment has more in common than its volume. */
  readonly leastMs: number;
  readonly tags: Tags;
}

/** See the module. */
export async function reviewArm(stage: RunStage, options: ReviewArmOptions): Promise<void> {
  const { cluster, audiences, workers, reviews, leastMs, tags } = options;
  const tokens = await mint(stage, options);
  await stage.begin();
  await execute(stage, {
    model: { kind: "closed", workers, thinkMs: leastMs * workers / reviews },
    maxIterations: tokens.length,
    workload: {
      name: "token reviews",
      firstOp: REVIEW,
      async iterate(iteration) {
        const { index, aborted: signal } = iteration;
        for (const token of ["first", "again"] satisfies TokenUse[]) {
          const call = () => reviewGood(cluster, tokens[index]!, { audiences, signal });
          await iteration.timed(call, { op: REVIEW, tags: { ...tags, token } });
        }
      },
    },
  });
}

/** @throws {OperationFailedError} `not-authenticated`, if the token is refused */
async function reviewGood(...asked: Parameters<typeof reviewToken>): Promise<void> {
  const reviewed = await reviewToken(...asked);
  if (reviewed.isAuthenticated) return;
  const { text } = reviewed.refusal;
  throw new OperationFailedError("not-authenticated", `A new token was refused: ${text}`);
}

/** Not measured: what is measured is reviewing them. */
async function mint(
  { clock, rng, stopping: signal }: RunStage,
  { cluster, accounts, audiences, reviews, workers: limit }: ReviewArmOptions,
): Promise<string[]> {
  const context = { clock, rng: rng.fork("minting"), signal };
  const tokens: string[] = [];
  await eachAtMost(Array(reviews).keys(), async (index) => {
    const account = accounts[index % accounts.length]!;
    const wish = { audiences, lifeMs: SHORTEST_TOKEN_LIFE_MS, signal };
    const { token } = await retrying(() => requestToken(cluster, account, wish), context);
    tokens.push(token);
  }, { limit, signal });
  return tokens;
}
