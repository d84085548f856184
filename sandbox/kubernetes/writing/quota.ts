/**
 * How many objects may there be in a namespace? Enforces the counts of ResourceQuotas and keeps their
 * status; amounts of CPU, memory and storage are not looked at.
 * Source: Kubernetes, "Resource Quotas", object count quota; apiserver, resourcequota admission.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import { forbidden } from "../answers/api_error.ts";
import type { ApiState, Place } from "../api_state.ts";
import type { StoreEvent } from "../store/event_history.ts";
import { partOf } from "../defaults/pod_defaults.ts";
import type { StoredObject } from "../store/stored_object.ts";

const QUOTAS = "resourcequotas";

/**
 * Counts one more object.
 * @param options.isDryRun looks, and does not count
 * @throws {ApiError} 403 if it is one too many
 */
export function takeQuota(
  { store }: ApiState,
  { resource, namespace, name, isDryRun }: Place & {
    readonly name: string;
    readonly isDryRun: boolean;
  },
): void {
  const quotas = store.collection(QUOTAS);
  if (quotas.count(namespace) === 0) return;
  const kind = resourceName(resource);
  const used = store.collection(kind).count(namespace);
  const limited = quotas.list(namespace).map((quota) => ({
    quota,
    limits: resourceLimits(quota).filter((limit) => limit.kind === kind),
  }));
  for (const { quota, limits } of limited) {
    const exceeded = limits.filter(({ most }) => used + 1 > most);
    if (exceeded.length === 0) continue;
    const words = (value: (most: number) => number) =>
      exceeded.map(({ key, most }) => `${key}=${value(most)}`).join(",");
    throw forbidden(resource, {
      name,
      why: `exceeded quota: ${quota.name}, requested: ${words(() => 1)}, ` +
        `used: ${words(() => used)}, limited: ${words((most) => most)}`,
    });
  }
  if (isDryRun) return;
  for (const { quota, limits } of limited) {
    if (limits.length > 0) setUsed(store, quota, { kind, used: used + 1 });
  }
}

/** Keeps the status of quotas: called after each write. */
export function followQuotas({ store }: ApiState, resource: string, event: StoreEvent): void {
  const { namespace } = event.object;
  const quotas = store.collection(QUOTAS);
  if (namespace === "" || quotas.count(namespace) === 0) return;
  if (resource === QUOTAS && event.type !== "DELETED") return setHard(store, event.object);
  if (event.type !== "DELETED") return;
  const used = store.collection(resource).count(namespace);
  for (const quota of quotas.list(namespace)) setUsed(store, quota, { kind: resource, used });
}

/** A new quota, or one whose limits have changed, counts anew. */
function setHard(store: ApiState["store"], quota: StoredObject): void {
  const hard = partOf(partOf(quota.fields["spec"])["hard"]);
  const status = partOf(quota.fields["status"]);
  if (JSON.stringify(status["hard"]) === JSON.stringify(hard)) return;
  const used = resourceLimits(quota).map(({ key, kind }) => [
    key,
    String(store.collection(kind).count(quota.namespace)),
  ]);
  store.put(QUOTAS, { ...quota.fields, status: { hard, used: Object.fromEntries(used) } });
}

function setUsed(
  store: ApiState["store"],
  quota: StoredObject,
  { kind, used }: { kind: string; used: number },
): void {
  const status = partOf(quota.fields["status"]);
  const keys = resourceLimits(quota).filter((limit) => limit.kind === kind).map(({ key }) => key);
  const before = partOf(status["used"]);
  if (keys.every((key) => before[key] === String(used))) return;
  const changed = Object.fromEntries(keys.map((key) => [key, String(used)]));
  store.put(QUOTAS, { ...quota.fields, status: { ...status, used: { ...before, ...changed } } });
}

/** What a ResourceQuota says. Source: Kubernetes, "Resource Quotas", table of object counts. */
interface CountLimit {
  /** As the quota names it: `count/configmaps`, `pods`. */
  readonly key: string;
  /** As the store names it: `configmaps`, `deployments.apps`. */
  readonly kind: string;
  readonly most: number;
}

/** Kinds that can be named without `count/`. */
const PLAIN = [
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "resourcequotas",
  "secrets",
  "services",
];
const COUNT = "count/";

/** In the order of their keys. */
function resourceLimits({ fields: { spec } }: StoredObject): CountLimit[] {
  return Object.entries(partOf(partOf(spec)["hard"])).sort().flatMap(([key, most]) => {
    const kind = key.startsWith(COUNT) ? key.slice(COUNT.length) : key;
    if (kind === key && !PLAIN.includes(key)) return [];
    return [{ key, kind, most: Number(most) }];
  });
}
