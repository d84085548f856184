/**
 * What limits the gateway, what would a run raise, and could it? Says each rate, and changes none.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { missingPermissions, permissionsOf } from "../../../kube/server/access.ts";
import type { Resource } from "../../../kube/resource.ts";
import type { MaasValues } from "../flags.ts";
import { type GatewayLimits, limitPoliciesOf, rateText } from "../policies/limit_policies.ts";
import { policyName } from "../policies/policy.ts";
import { raiseRights } from "../policies/raise_limits.ts";
import { raisedByOthers } from "../policies/raised_by_others.ts";
import { ratesToRaise } from "../policies/raised.ts";
import type { MaasTarget } from "../target/target.ts";
import { check, CheckFailedError } from "./checks.ts";
import { missingText } from "./right_checks.ts";

export interface LimitChecks {
  readonly cluster: Cluster;
  readonly values: MaasValues;
  readonly target: MaasTarget;
}

/** See the module. */
export async function checkLimits(run: Run, options: LimitChecks): Promise<void> {
  const { cluster, values, target: { gateway, subscription } } = options;
  const { clock, rng, stopping: signal } = run;
  const context = { clock, rng: rng.fork("limits"), signal };
  const limits = await check(run, {
    subject: "limits of the gateway are known",
    observed: ({ policies }: GatewayLimits) =>
      `${policies.flatMap(({ rates }) => rates).length} rates in ${policies.length} objects`,
  }, () => limitPoliciesOf(cluster, { gateway, subscription, ...context }));
  if (limits === undefined) return;
  for (const { code, message } of limits.notes) run.warn(code, message);
  tellRates(run, limits, values);
  await check(
    run,
    { subject: "no lost run has left a limit raised" },
    () => requireNoLoans(limits, { cluster, signal }),
  );
  if (!values["raise-limits"]) return;
  await check(
    run,
    { subject: "limits may be raised" },
    () => requireRights(limits, { cluster, signal }),
  );
}

function tellRates(run: Run, { policies }: GatewayLimits, values: MaasValues): void {
  const wanted = { requests: values["raise-requests"], tokens: values["raise-tokens"] };
  const raised = new Map(
    ratesToRaise(policies, wanted).flatMap((policy) => policy.raised)
      .map(({ rate, to }) => [rate, to]),
  );
  for (const policy of policies) {
    const texts = policy.rates.map((rate) => {
      const to = values["raise-limits"] ? raised.get(rate) : undefined;
      return rateText(rate) + (to === undefined ? ", stays" : `, a run raises it to ${to}`);
    });
    run.addFact(`limits of ${policyName(policy)}`, texts.join("; ") || "none");
  }
}

interface Asking {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

/** @throws {CheckFailedError} naming the runs */
async function requireNoLoans({ policies }: GatewayLimits, asking: Asking): Promise<void> {
  const raised = await raisedByOthers(policies, asking);
  if (raised !== undefined) throw new CheckFailedError("no", raised);
}

/** @throws {CheckFailedError} naming them */
async function requireRights({ policies }: GatewayLimits, { cluster, signal }: Asking) {
  const rights = permissionsOf(raiseRights(policies), (kind) => kind as Resource);
  const missing = await missingPermissions(cluster, rights, { signal });
  if (missing.length > 0) throw new CheckFailedError("no", missingText(missing));
}
