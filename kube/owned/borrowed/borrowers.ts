/**
 * Which runs have changed an object that belongs to others, and not given it back? They do so at any time, be
 * it by the hand of whoever cleans up after them. Changes nothing.
 * @module
 */

import type { Cluster } from "../../cluster.ts";
import type { ObjectRef } from "../../object.ts";
import type { Resource } from "../../resource.ts";
import { RUN_ID_LABEL } from "../ownership.ts";
import { LEASES } from "../run_record.ts";
import { isLoan, readLoan } from "./loan.ts";

interface Lent {
  readonly resource: Resource;
  readonly ref: ObjectRef & { readonly namespace: string };
}

/** Their ids, of living and of lost ones; the journals of objects are in their namespaces. */
export async function borrowersOf(
  objects: readonly Lent[],
  { cluster, signal }: { cluster: Pick<Cluster, "list">; signal: AbortSignal },
): Promise<string[]> {
  const runs = new Set<string>();
  for (const namespace of new Set(objects.map(({ ref }) => ref.namespace))) {
    const { items } = await cluster.list(LEASES, { namespace, signal });
    for (const lease of items.filter(isLoan)) {
      const { loan } = readLoan(lease);
      const isOfThese = objects.some(({ resource, ref }) =>
        loan !== undefined && loan.resource.plural === resource.plural &&
        loan.ref.namespace === ref.namespace && loan.ref.name === ref.name
      );
      if (isOfThese) runs.add(lease.metadata.labels?.[RUN_ID_LABEL] ?? "of no name");
    }
  }
  return [...runs];
}
