/**
 * Limits of a gateway out of the way of a run: every rate below what is wanted is raised, by a patch that
 * tests the old value, after both journals hold it; then each policy has to say that it is in force as
 * it is now. The run gives all of it back however it ends.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { Borrowed, borrowRights } from "../../../kube/owned/borrowed.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import { LIMIT_KINDS } from "../../../kube/kuadrant/kinds.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import type { RunIdentity } from "../../../kube/owned/ownership.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import type { GatewayLimits } from "./limit_policies.ts";
import type { LimitPolicy } from "./policy.ts";
import { type RaisedLimits, ratesToRaise, type WantedLimits } from "./raised.ts";
import { untilEnforced } from "./until_enforced.ts";

export interface RaiseOptions {
  readonly cluster: Cluster;
  readonly identity: RunIdentity;
  readonly limits: GatewayLimits;
  readonly wanted: WantedLimits;
  readonly enforcedTimeoutMs: number;
}

/**
 * See the module.
 * @throws {CannotRunError} in one line, if one cannot be changed, or does not get into force in time
 * @throws the reason of `run.stopping`
 */
export async function raiseLimits(run: Run, options: RaiseOptions): Promise<RaisedLimits> {
  const { cluster, identity, limits, wanted, enforcedTimeoutMs } = options;
  for (const { code, message } of limits.notes) run.warn(code, message);
  const policies = ratesToRaise(limits.policies, wanted);
  // Of nothing cluster-scoped: the namespace is never used.
  const borrowed = new Borrowed(run, { cluster, identity, namespace: "default" });
  for (const { resource, ref, raised } of policies) {
    const fields = raised.map(({ rate: { path }, to }) => ({ path, value: to }));
    await borrowed.change(resource, ref, fields);
  }
  const raised = { cluster, policies, borrowed, enforcedTimeoutMs };
  await untilEnforced(run, raised, { state: "raised" });
  return raised;
}

/** What looking for limits asks of a cluster, and raising them: in which namespaces is known then. */
export function limitRights({ isRaising }: { isRaising: boolean }): NeededRight[] {
  const kinds = [HTTP_ROUTES, ...LIMIT_KINDS];
  const looking = kinds.map((kind) => ({ verb: "list", kind, onlyFor: "limits of the gateway" }));
  if (!isRaising) return looking;
  const raising = LIMIT_KINDS.flatMap((kind) =>
    ["get", "watch", "patch"].map((verb) => ({ verb, kind, onlyFor: "raising limits" }))
  );
  const journal = ["create", "get", "list", "patch", "delete"].map((verb) => ({
    verb,
    kind: LEASES,
    onlyFor: "raising limits",
  }));
  return [...looking, ...raising, ...journal];
}

/** What raising these asks of a cluster. */
export function raiseRights(policies: readonly LimitPolicy[]): NeededRight[] {
  return policies.flatMap(({ resource, ref }) => [
    ...borrowRights({ resource, ref, namespace: ref.namespace }),
    ...["list", "watch"].map((verb) => ({ verb, kind: resource, namespace: ref.namespace })),
  ]);
}
