/** Tokens reviewed beside a load, on a clock that only the test moves. */
import assert from "node:assert/strict";
import type { Cluster } from "../../../../kube/cluster.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import { DirectReviews } from "../../../../probes/maas/frame/direct_reviews.ts";
import type { User } from "../../../../probes/maas/users/user.ts";
import { Conducted } from "../../../core/run/conducted.ts";

const USER = { headers: () => [["authorization", "Bearer a.b.c"]] } as unknown as User;

/** Ten seconds of one review each, of which these are forbidden. */
async function asked(isForbidden: (review: number) => boolean) {
  let reviews = 0;
  const cluster: Pick<Cluster, "request"> = {
    request() {
      const status = { kind: "Status", reason: "Forbidden", message: "it is forbidden" } as const;
      if (isForbidden(++reviews)) return Promise.reject(new StatusError(status, { code: 403 }));
      return Promise.resolve({ status: { authenticated: true } });
    },
  };
  await using run = new Conducted({
    async instrument(scope) {
      scope.begin();
      const user = () => USER;
      const direct = new DirectReviews(scope, { cluster, audiences: ["gw"], user, ratePerSec: 1 });
      await using _reviews = direct.beside(scope);
      await scope.clock.sleepUntil(scope.startMs + 9_500, scope.stopping);
    },
  });
  await run.clock.advance(9_500);
  await run.exitCode;
  return { reviews, warnings: run.report.warnings.map(({ code }) => code) };
}

Deno.test("who may not review asks once, and says so", async () => {
  const { reviews, warnings } = await asked(() => true);
  assert.deepEqual([reviews, warnings], [1, ["no-reviews"]]);
});

Deno.test("an API server that starts anew and forbids what it allowed is asked again", async () => {
  const { reviews, warnings } = await asked((review) => review === 3 || review === 4);
  assert.deepEqual([reviews, warnings], [10, []]);
});
