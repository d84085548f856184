/**
 * Which objects of a kind carry the labels of runs? Lists page by page and keeps of each only what
 * deleting needs; changes nothing.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Rng } from "../../core/load/rng.ts";
import type { Cluster } from "../cluster.ts";
import type { KubeObject, ObjectMeta, ObjectRef } from "../object.ts";
import { RUN_ID_LABEL } from "../owned/ownership.ts";
import type { Resource } from "../resource.ts";
import { retrying } from "../set_up_retry.ts";
import { isExpired } from "../status_error.ts";

/** What every step of a cleaning needs. */
export interface CleanupContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** Takes lines for the user. */
  readonly say: (line: string) => void;
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

const PAGE_LIMIT = 500;

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
  const selection = { labelSelector, limit: PAGE_LIMIT, signal };
  const scope = namespace === "" ? selection : { ...selection, namespace };
  let kept: T[] = [];
  let token = "";
  for (;;) {
    const options = token === "" ? scope : { ...scope, continue: token };
    try {
      const page = await retrying(
        () => cluster.list(resource, options),
        { clock, rng, signal },
      );
      for (const item of page.items) kept.push(read(item));
      token = page.metadata.continue ?? "";
      if (token === "") return kept;
    } catch (thrown) {
      if (token === "" || !isExpired(thrown)) throw thrown;
      // The snapshot that the pages are from is gone: from the first one again.
      kept = [];
      token = "";
    }
  }
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
