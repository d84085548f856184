/**
 * Are limits what they are because another run has raised them? It gives them back at any time, be it by
 * the hand of whoever cleans up after it. Changes nothing.
 * @module
 */

import { NAME } from "../../../core/version.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { isLoan, readLoan } from "../../../kube/owned/borrowed/loan.ts";
import { RUN_ID_LABEL } from "../../../kube/owned/ownership.ts";
import { LEASES } from "../../../kube/owned/run_record.ts";
import type { LimitPolicy } from "./policy.ts";

/** Which runs, as a sentence that says what to do; undefined: nobody has. */
export async function raisedByOthers(
  policies: readonly LimitPolicy[],
  { cluster, signal }: { cluster: Pick<Cluster, "list">; signal: AbortSignal },
): Promise<string | undefined> {
  const runs = new Set<string>();
  for (const namespace of new Set(policies.map(({ ref }) => ref.namespace))) {
    const { items } = await cluster.list(LEASES, { namespace, signal });
    for (const lease of items.filter(isLoan)) {
      const { loan } = readLoan(lease);
      const isOfThese = policies.some(({ resource, ref }) =>
        loan !== undefined && loan.resource.plural === resource.plural &&
        loan.ref.namespace === ref.namespace && loan.ref.name === ref.name
      );
      if (isOfThese) runs.add(lease.metadata.labels?.[RUN_ID_LABEL] ?? "of no name");
    }
  }
  if (runs.size === 0) return undefined;
  const [first] = runs;
  return `run ${[...runs].join(", ")} has raised them and not given them back: wait for it, or ` +
    `${NAME} maas restore --run-id ${first}`;
}
