/**
 * What is in a namespace of this run, and of others? Looks, and changes nothing.
 * @module
 */

import type { Cluster } from "../cluster.ts";
import { otherRunsSelector, runSelector } from "./ownership.ts";
import { type Resource, resourceName } from "../resource.ts";
import { isRunRecord, LEASES } from "./run_record.ts";
import { retrying, type RetryOptions } from "../set_up_retry.ts";
import { isForbidden, isNotFound } from "../status_error.ts";

export interface ContentQuery extends RetryOptions {
  readonly signal: AbortSignal;
  readonly runId: string;
  /** Namespaced. */
  readonly resources: readonly Resource[];
}

/** `configmaps "a"`, the first object of another run that is found; undefined if there is none. */
export async function firstOfOtherRun(
  cluster: Cluster,
  namespace: string,
  options: ContentQuery,
): Promise<string | undefined> {
  const { signal, resources, runId } = options;
  const labelSelector = otherRunsSelector(runId);
  for (const resource of resources) {
    const asked = retrying(
      () => cluster.list(resource, { namespace, labelSelector, limit: 1, signal }),
      options,
    );
    // Not everybody who makes objects may read the records of others.
    const list = resource === LEASES ? await orUndefined(asked) : await asked;
    const [item] = list?.items ?? [];
    if (item !== undefined) return `${resourceName(resource)} "${item.metadata.name}"`;
  }
}

/** Whether nothing of this run is in it for certain, but for its record, which goes last. */
export async function holdsNothingOf(
  cluster: Cluster,
  namespace: string,
  options: ContentQuery,
): Promise<boolean> {
  const { signal, resources, runId } = options;
  const selection = { namespace, labelSelector: runSelector(runId), limit: 2, signal };
  for (const resource of resources) {
    try {
      const { items } = await retrying(() => cluster.list(resource, selection), options);
      if (!items.every(isRunRecord)) return false;
    } catch (thrown) {
      signal.throwIfAborted();
      // Of a kind that is not served any more there are no objects.
      if (!isNotFound(thrown)) return false;
    }
  }
  return true;
}

/** What may not be read, or is not served, holds nothing back. */
async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (isForbidden(thrown) || isNotFound(thrown)) return undefined;
    throw thrown;
  }
}
