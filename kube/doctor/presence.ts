/**
 * Are the objects there that the run works with and does not make, and as it needs them? The objects of
 * others are read, and no more.
 * @module
 */

import type { NeededPresence } from "../kubernetes_command.ts";
import { resourceName } from "../resource.ts";
import { isNotFound } from "../status_error.ts";
import { type Check, type ClusterContext, type DoctorFinding, unknownBecause } from "./check.ts";

const ID = "presence";
const WHY = "The run refuses to begin";

export const PRESENCE_CHECK: Check<ClusterContext> = {
  id: ID,
  look: async (context, signal) =>
    await Promise.all(
      (context.needs.present ?? []).map((needed) => lookAt(needed, context, signal)),
    ),
};

async function lookAt(
  { kind, namespace, name, against }: NeededPresence,
  { cluster }: ClusterContext,
  signal: AbortSignal,
): Promise<DoctorFinding> {
  const subject = `${namespace}/${name}`;
  const what = `${kind.kind} ${subject}`;
  try {
    const wrong = against?.(await cluster.get(kind, { namespace, name }, { signal }));
    return wrong === undefined
      ? { id: ID, subject, status: "ok", what: `${what} is there` }
      : { id: ID, subject, status: "problem", what: wrong, why: WHY };
  } catch (thrown) {
    if (!isNotFound(thrown)) return unknownBecause(ID, thrown, subject);
    const fix = `kubectl get ${resourceName(kind)} -A lists those that there are`;
    return { id: ID, subject, status: "problem", what: `there is no ${what}`, why: WHY, fix };
  }
}
