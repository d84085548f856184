/**
 * Why did a workspace get no Job, or a Job no pod? What the API can tell of it: a missing volume, a
 * used-up quota, pods that were refused. What the operator itself met is in its log alone. Changes
 * nothing, and of what may not be read it says nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { ClusterReader } from "../../../kube/cluster.ts";
import { fieldsOf, textOf } from "../../../kube/fields.ts";
import { listAll } from "../../../kube/list_all.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { parseQuantity } from "../../../kube/quantity.ts";
import {
  EVENTS,
  PERSISTENT_VOLUME_CLAIMS,
  type Resource,
  RESOURCE_QUOTAS,
} from "../../../kube/resource.ts";

/** What stands in the way in one namespace. */
export interface LossEvidence {
  /** Whether the workspace with that id has a volume; undefined: it may not be looked at. */
  hasVolume(workspaceId: string): boolean | undefined;
  /** No further Job may be made. */
  readonly isJobQuotaUsedUp: boolean;
  /** Names of Jobs whose pods the API server has refused. */
  readonly refusedJobs: ReadonlySet<string>;
}

/** Claims of one workspace; any other may be the one that all of a namespace share. */
const OWN_CLAIM = /^storage-workspace/;
const JOB_QUOTAS = ["count/jobs.batch"];

/** @throws the signal's reason */
export async function lossEvidence(
  cluster: ClusterReader,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<LossEvidence> {
  const read = async (resource: Resource, fieldSelector?: string) => {
    const selection = fieldSelector === undefined ? {} : { fieldSelector };
    try {
      const page = (options: object) =>
        cluster.list(resource, { namespace, signal, ...selection, ...options });
      return (await listAll(page, (object) => object)).items;
    } catch (thrown) {
      if (thrown instanceof OperationFailedError && !signal.aborted) return undefined;
      throw thrown;
    }
  };
  const [claims, quotas, events] = await Promise.all([
    read(PERSISTENT_VOLUME_CLAIMS),
    read(RESOURCE_QUOTAS),
    read(EVENTS, "reason=FailedCreate"),
  ]);
  const names = claims?.map(({ metadata }) => metadata.name ?? "");
  return {
    hasVolume: (id) => names?.some((name) => name === `storage-${id}` || !OWN_CLAIM.test(name)),
    isJobQuotaUsedUp: quotas?.some(isUsedUp) ?? false,
    refusedJobs: new Set(events?.flatMap(refusedJobOf)),
  };
}

function isUsedUp(quota: KubeObject): boolean {
  const { hard, used } = fieldsOf(quota["status"]);
  return JOB_QUOTAS.some((name) => amount(used, name) >= amount(hard, name));
}

/** NaN, which is no more and no less than anything: it is not limited. */
function amount(of: unknown, name: string): number {
  return parseQuantity(textOf(fieldsOf(of)[name]) ?? "");
}

function refusedJobOf(event: KubeObject): string[] {
  const { kind, name } = fieldsOf(event["involvedObject"]);
  const isRefused = kind === "Job" && event["reason"] === "FailedCreate";
  return isRefused && textOf(name) !== undefined ? [textOf(name)!] : [];
}
