/** Are limits what they are because another run has raised them? @module */

import { NAME } from "../../../core/version.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { borrowersOf } from "../../../kube/owned/borrowed/borrowers.ts";
import type { LimitPolicy } from "./policy.ts";

/** By which runs, as a sentence that says what to do; undefined: by none. */
export async function raisedByOthers(
  policies: readonly LimitPolicy[],
  asking: { cluster: Pick<Cluster, "list">; signal: AbortSignal },
): Promise<string | undefined> {
  const runs = await borrowersOf(policies, asking);
  if (runs.length === 0) return undefined;
  return `run ${runs.join(", ")} has raised them and not given them back: wait for it, or ` +
    `${NAME} maas restore --run-id ${runs[0]}`;
}
