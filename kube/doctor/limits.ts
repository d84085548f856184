/**
 * Do the quotas of the namespaces leave room for the objects of the run, and do limit ranges change or
 * refuse them? Those touch pods, whatever makes pods, and claims; nothing else.
 * Source: Kubernetes, "Resource Quotas" (object count quota), "Limit Ranges".
 * @module
 */

import * as z from "zod";
import type { KubeObject } from "../object.ts";
import { parseQuantity } from "../quantity.ts";
import { type Resource, resourceName } from "../resource.ts";
import { answerOf } from "../server/answer_of.ts";
import {
  type Check,
  type ClusterContext,
  type DoctorFinding,
  madeObjects,
  namespacesOf,
  unknownBecause,
} from "./check.ts";

const QUOTA_ID = "quota";
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
  id: QUOTA_ID,
  async look(context, signal) {
    const made = madeObjects(context).filter(({ resource }) => resource.namespaced);
    if (made.length === 0) return [];
    const names = new Set(made.flatMap(({ namespaces }) => namespaces));
    const findings = await Promise.all([...names].map(async (namespace) => {
      try {
        const { items } = await context.cluster.list(RESOURCE_QUOTAS, { namespace, signal });
        const there = made.filter(({ namespaces }) => namespaces.includes(namespace));
        return there.flatMap(({ resource, mostAtOnce, namespaces }) => {
          // Objects take turns in the namespaces.
          const planned = Math.ceil(mostAtOnce / namespaces.length);
          return judgeQuotas(items, { namespace, resource, planned });
        });
      } catch (thrown) {
        return [unknownBecause(QUOTA_ID, thrown, namespace)];
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
export function judgeQuotas(items: readonly KubeObject[], plan: Plan): DoctorFinding[] {
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
    id: QUOTA_ID,
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
): DoctorFinding {
  const { spec, status, metadata: { name } } = quota;
  const base = { id: QUOTA_ID, subject: `${namespace}/${name}` };
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

const LIMIT_RANGE_ID = "limit-range";
const LIMIT_RANGES: Resource = {
  group: "",
  version: "v1",
  plural: "limitranges",
  kind: "LimitRange",
  namespaced: true,
};
const CLAIM = "PersistentVolumeClaim";
const POD_TYPES: ReadonlySet<string> = new Set(["Container", "Pod"]);
const POD_MAKERS: ReadonlySet<string> = new Set([
  "pods",
  "replicationcontrollers",
  "daemonsets.apps",
  "deployments.apps",
  "replicasets.apps",
  "statefulsets.apps",
  "cronjobs.batch",
  "jobs.batch",
]);

/** Source: Kubernetes API, v1 LimitRange; only what is used here. */
const Quantities = z.record(z.string(), z.coerce.string()).nullish();
const LimitRange = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    limits: z.array(z.object({
      type: z.string(),
      min: Quantities,
      max: Quantities,
      default: Quantities,
      defaultRequest: Quantities,
      maxLimitRequestRatio: Quantities,
    })),
  }),
});

export const LIMIT_RANGE_CHECK: Check<ClusterContext> = {
  id: LIMIT_RANGE_ID,
  async look(context, signal) {
    const made = madeObjects(context).filter(({ resource }) => typesFor(resource).size > 0);
    if (made.length === 0) return [];
    const findings = await Promise.all(
      namespacesOf(context).map(async (namespace) => {
        try {
          const { items } = await context.cluster.list(LIMIT_RANGES, { namespace, signal });
          return made.flatMap(({ resource }) => judgeLimitRanges(items, { namespace, resource }));
        } catch (thrown) {
          return [unknownBecause(LIMIT_RANGE_ID, thrown, namespace)];
        }
      }),
    );
    return findings.flat();
  },
};

/** The types of limits that touch such objects. */
function typesFor(resource: Resource): ReadonlySet<string> {
  const name = resourceName(resource);
  if (name === "persistentvolumeclaims") return new Set([CLAIM]);
  return POD_MAKERS.has(name) ? POD_TYPES : new Set();
}

export function judgeLimitRanges(
  items: readonly KubeObject[],
  { namespace, resource }: { namespace: string; resource: Resource },
): DoctorFinding[] {
  const types = typesFor(resource);
  const findings = items.flatMap((item): DoctorFinding[] => {
    const { metadata: { name }, spec } = answerOf(LimitRange, item, {
      what: "LimitRange",
      call: "a list of LimitRanges",
    });
    const limits = spec.limits.filter(({ type }) => types.has(type)).map(limitText);
    if (limits.length === 0) return [];
    return [{
      id: LIMIT_RANGE_ID,
      subject: `${namespace}/${name}`,
      status: "notice",
      what: `limit range "${name}" in namespace "${namespace}": ${limits.join("; ")}`,
      why: "Objects without these values get the defaults, and others beyond them are refused",
      fix: `kubectl describe limitrange ${name} -n ${namespace}, and fit the manifest to it`,
    }];
  });
  if (findings.length > 0) return findings;
  const what = `no limit range touches ${resourceName(resource)} in namespace "${namespace}"`;
  return [{ id: LIMIT_RANGE_ID, subject: namespace, status: "ok", what }];
}

/** `Container max cpu=1, default cpu=500m memory=1Gi`. */
function limitText({ type, ...rules }: z.infer<typeof LimitRange>["spec"]["limits"][number]) {
  const parts = Object.entries(rules).flatMap(([rule, values]) => {
    const pairs = Object.entries(values ?? {}).map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? [] : [`${rule} ${pairs.join(" ")}`];
  });
  return `${type} ${parts.join(", ")}`;
}
