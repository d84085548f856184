/**
 * Which objects of a kind carry the labels of runs? Lists page by page and keeps of each only what
 * deleting needs; changes nothing.
 * @module
 */

import type { Say } from "../../core/say.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { Cluster } from "../cluster.ts";
import { listAll, type PageOptions } from "../list_all.ts";
import type { KubeObject, ObjectMeta, ObjectRef } from "../object.ts";
import { RUN_ID_LABEL } from "../owned/ownership.ts";
import type { Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";

/** What every step of a cleaning needs. */
export interface CleanupContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** Takes lines for the user. */
  readonly say: Say;
}

export interface LabelledObject {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly runId: string;
  readonly labels: NonNullable<ObjectMeta["labels"]>;
  /** Server's clock; NaN if the server does not say. */
  readonly createdMs: number;
  readonly finalizers: readonly string[];
  readonly isGoing: boolean;
}

/**
 * All pages.
 * @param scope `namespace`: empty for all of them, and for a cluster-scoped kind
 * @param read what is kept of each object
 */
export async function listLabelled<T>(
  { cluster, clock, rng, signal }: CleanupContext,
  { resource, namespace, labelSelector }: {
    resource: Resource;
    namespace: string;
    labelSelector: string;
  },
  read: (object: KubeObject) => T,
): Promise<T[]> {
  const selection = { labelSelector, signal, ...(namespace === "" ? {} : { namespace }) };
  const list = (page: PageOptions) =>
    retrying(() => cluster.list(resource, { ...selection, ...page }), { clock, rng, signal });
  return (await listAll(list, read)).items;
}

export function labelledObject({ metadata }: KubeObject): LabelledObject {
  const { namespace, name = "", uid = "", labels = {}, finalizers = [] } = metadata;
  return {
    ref: namespace === undefined ? { name } : { namespace, name },
    uid,
    runId: labels[RUN_ID_LABEL] ?? "",
    labels,
    createdMs: Date.parse(metadata.creationTimestamp ?? ""),
    finalizers,
    isGoing: metadata.deletionTimestamp !== undefined,
  };
}
