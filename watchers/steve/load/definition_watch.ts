/**
 * When did somebody else change the custom resource's definition? Looks at it again and again, because
 * who may change it may not always watch it. Changes nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { LoadContext } from "../../../core/load/executor.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../kube/resource.ts";
import { CRD_NAME } from "./objects.ts";

/** One look costs the API server nothing, and the effects of a change last for longer. */
const LOOK_EVERY_MS = 1_000;

interface DefinitionWatchOptions {
  readonly cluster: Pick<ClusterReader, "get">;
  /** @param agoMs how long ago it was, at most half a period more or less */
  readonly onChanged: (agoMs: number) => void;
}

/** Until `stopping`. A look that fails is made up for by the next one. */
export async function watchDefinition(
  { clock, stopping }: Pick<LoadContext, "clock" | "stopping">,
  { cluster, onChanged }: DefinitionWatchOptions,
): Promise<void> {
  let seen: number | undefined;
  while (!stopping.aborted) {
    const generation = await look(cluster, stopping);
    if (generation !== undefined) {
      if (seen !== undefined && generation !== seen) onChanged(LOOK_EVERY_MS / 2);
      seen = generation;
    }
    await clock.sleepUntil(clock.now() + LOOK_EVERY_MS, stopping);
  }
}

/** The API server counts the changes of what is asked for. @returns undefined if it does not say */
async function look(
  cluster: DefinitionWatchOptions["cluster"],
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { metadata } = await cluster.get(
      CUSTOM_RESOURCE_DEFINITIONS,
      { name: CRD_NAME },
      { signal },
    );
    return metadata.generation;
  } catch (thrown) {
    if (signal.aborted || thrown instanceof OperationFailedError) return undefined;
    throw thrown;
  }
}
