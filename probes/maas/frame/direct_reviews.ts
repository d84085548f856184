/**
 * A token of a user reviewed straight at the API server, beside the load: what the auth service waits for
 * when it asks the same. So a slow API server is told from an auth service that may not ask it.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { timed } from "../../../core/load/timed.ts";
import type { Run } from "../../../core/run/run.ts";
import type { LoadScope } from "../../../core/run/run_stage.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { reviewToken, TOKEN_REVIEWS } from "../../../kube/service_account/token_review.ts";
import { isForbidden } from "../../../kube/status_error.ts";
import { REVIEW } from "./review.ts";
import type { User } from "../users/user.ts";
import { beside } from "./beside.ts";

export const REVIEW_RIGHTS: readonly NeededRight[] = [
  { verb: "create", kind: TOKEN_REVIEWS, onlyFor: "how fast the API server reviews tokens" },
];

interface DirectReviewsOptions {
  readonly cluster: Pick<Cluster, "request">;
  readonly audiences: readonly string[];
  /** Whose token; undefined: there is none. */
  readonly user: () => User | undefined;
  readonly ratePerSec: number;
}

/** See the module. */
export class DirectReviews {
  readonly #run: Run;
  readonly #options: DirectReviewsOptions;
  #hasReviewed = false;
  #isRefused = false;

  constructor(run: Run, options: DirectReviewsOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Reviews until it is disposed of. */
  beside(scope: LoadScope): AsyncDisposable {
    return beside(scope, {
      ratePerSec: this.#options.ratePerSec,
      ask: () => this.#review(scope),
    });
  }

  async #review(scope: LoadScope): Promise<void> {
    const { cluster, audiences, user } = this.#options;
    const token = tokenOf(user());
    if (this.#isRefused || token === undefined) return;
    try {
      const call = () => reviewToken(cluster, token, { audiences, signal: scope.aborted });
      await timed(scope, call, { op: REVIEW });
      this.#hasReviewed = true;
    } catch (thrown) {
      if (scope.aborted.aborted) return;
      if (!(thrown instanceof OperationFailedError)) throw thrown;
      // An API server that starts anew forbids for a moment what it allowed before.
      this.#isRefused = isForbidden(thrown) && !this.#hasReviewed;
      if (!this.#isRefused) return;
      this.#run.warn(
        "no-reviews",
        `Tokens cannot be reviewed at the API server: ${thrown.message}`,
      );
    }
  }
}

function tokenOf(user: User | undefined): string | undefined {
  const value = user?.headers().find(([name]) => name.toLowerCase() === "authorization")?.[1];
  return /^Bearer (\S+\.\S+\.\S+)$/.exec(value ?? "")?.[1];
}
