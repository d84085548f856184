/**
 * Do the quotas of the namespaces leave room for the objects of the run?
 * Source: Kubernetes, "Resource Quotas", object count quota.
 * @module
 */

import * as z from "zod";
import type { KubeObject } from "../object.ts";
import { type Resource, resourceName } from "../resource.ts";
import { answerOf } from "../server/answer_of.ts";
import type { Check } from "./check.ts";
import { type ClusterContext, namespacesOf, resourceOf } from "./context.ts";
import { type Finding, unknownBecause } from "./finding.ts";
import { parseQuantity } from "./quantity.ts";

const ID = "quota";
const RESOURCE_QUOTAS: Resource = {
  group: "",
  version: "v1",
  plural: "resourcequotas",
  kind: "ResourceQuota",
  namespaced: true,
};
/** Counted under their plain names too, which are older than `count/`. */
const LEGACY_NAMES: ReadonlySet<string> = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
]);

/** Source: Kubernetes API, v1 ResourceQuota; only what is used here. */
const ResourceQuota = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    hard: z.record(z.string(), z.coerce.string()).nullish(),
    scopes: z.array(z.string()).nullish(),
    scopeSelector: z.unknown().optional(),
  }).nullish(),
  status: z.object({
    hard: z.record(z.string(), z.coerce.string()).nullish(),
    used: z.record(z.string(), z.coerce.string()).nullish(),
  }).nullish(),
});
type ResourceQuota = z.infer<typeof ResourceQuota>;

export const QUOTA_CHECK: Check<ClusterContext> = {
  id: ID,
  async look(context, signal) {
    const { cluster, needs: { objects }, resources } = context;
    const resource = objects && resourceOf(objects.kind, resources);
    if (objects === undefined || resource === undefined) return [];
    const names = namespacesOf(context);
    const findings = await Promise.all(names.map(async (namespace) => {
      try {
        const { items } = await cluster.list(RESOURCE_QUOTAS, { namespace, signal });
        // Objects take turns in the namespaces.
        const planned = Math.ceil(objects.mostAtOnce / names.length);
        return judgeQuotas(items, { namespace, resource, planned });
      } catch (thrown) {
        return [unknownBecause(ID, thrown, namespace)];
      }
    }));
    return findings.flat();
  },
};

interface Plan {
  readonly namespace: string;
  readonly resource: Resource;
  /** Most objects at a time in this namespace; Infinity: unbounded. */
  readonly planned: number;
}

/** A finding for each limit on the number of such objects, or one that there is none. */
export function judgeQuotas(items: readonly KubeObject[], plan: Plan): Finding[] {
  const { namespace, resource } = plan;
  const findings = items.flatMap((item) => {
    const quota = answerOf(ResourceQuota, item, {
      what: "ResourceQuota",
      call: "a list of ResourceQuotas",
    });
    const hard = quota.status?.hard ?? quota.spec?.hard ?? {};
    return Object.keys(hard)
      .filter((key) => countedUnder(resource).has(key))
      .map((key) => judgeLimit(quota, { ...plan, key, hard: hard[key]! }));
  });
  if (findings.length > 0) return findings;
  return [{
    id: ID,
    subject: namespace,
    status: "ok",
    what: `no quota counts ${resourceName(resource)} in namespace "${namespace}"`,
  }];
}

/** The names under which quotas count objects of a resource. */
function countedUnder(resource: Resource): ReadonlySet<string> {
  const keys = new Set([`count/${resourceName(resource)}`]);
  if (resource.group === "" && LEGACY_NAMES.has(resource.plural)) keys.add(resource.plural);
  return keys;
}

function judgeLimit(
  quota: ResourceQuota,
  { namespace, resource, planned, key, hard }: Plan & { key: string; hard: string },
): Finding {
  const { spec, status, metadata: { name } } = quota;
  const base = { id: ID, subject: `${namespace}/${name}` };
  const limit = `quota "${name}" allows ${hard} ${key} in namespace "${namespace}"`;
  const used = status?.used?.[key];
  const free = parseQuantity(hard) - parseQuantity(used ?? "");
  const isScoped = (spec?.scopes ?? []).length > 0 || Boolean(spec?.scopeSelector);
  if (isScoped || Number.isNaN(free)) {
    return {
      ...base,
      status: "unknown",
      what: isScoped
        ? `${limit}, of objects in its scopes only`
        : `${limit}; how many are used is not known yet`,
      why: "Creates beyond it are refused as forbidden",
      fix: `kubectl describe resourcequota ${name} -n ${namespace}`,
    };
  }
  const what = `${limit}, ${used} are used: ${free} more fit, and the run has ` +
    (planned === Infinity ? "any number" : `up to ${planned}`) + " at a time";
  if (free >= planned) return { ...base, status: "ok", what };
  const isUnbounded = planned === Infinity && free > 0;
  return {
    ...base,
    status: isUnbounded ? "warning" : "problem",
    what,
    why: "Creates beyond it are refused as forbidden, and count as failures of the run",
    fix: `kubectl patch resourcequota ${name} -n ${namespace} --type merge -p ` +
      `'${JSON.stringify({ spec: { hard: { [key]: raised({ used, planned }) } } })}'` +
      `, or make fewer ${resourceName(resource)}`,
  };
}

function raised({ used, planned }: { used: string | undefined; planned: number }): string {
  return planned === Infinity ? "NUMBER" : String(parseQuantity(used ?? "0") + planned);
}
