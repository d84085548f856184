/**
 * Do limit ranges of the namespaces change or refuse the run's objects? They touch pods, whatever
 * makes pods, and claims; nothing else.
 * Source: Kubernetes, "Limit Ranges".
 * @module
 */

import * as z from "zod";
import type { KubeObject } from "../object.ts";
import { type Resource, resourceName } from "../resource.ts";
import { answerOf } from "../server/answer_of.ts";
import type { Check } from "./check.ts";
import { type ClusterContext, namespacesOf, resourceOf } from "./context.ts";
import { type Finding, unknownBecause } from "./finding.ts";

const ID = "limit-range";
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
  id: ID,
  async look(context, signal) {
    const { cluster, needs, resources } = context;
    const resource = needs.objects && resourceOf(needs.objects.kind, resources);
    if (resource === undefined || typesFor(resource).size === 0) return [];
    const findings = await Promise.all(
      namespacesOf(context).map(async (namespace) => {
        try {
          const { items } = await cluster.list(LIMIT_RANGES, { namespace, signal });
          return judgeLimitRanges(items, { namespace, resource });
        } catch (thrown) {
          return [unknownBecause(ID, thrown, namespace)];
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
): Finding[] {
  const types = typesFor(resource);
  const findings = items.flatMap((item): Finding[] => {
    const { metadata: { name }, spec } = answerOf(LimitRange, item, {
      what: "LimitRange",
      call: "a list of LimitRanges",
    });
    const limits = spec.limits.filter(({ type }) => types.has(type)).map(limitText);
    if (limits.length === 0) return [];
    return [{
      id: ID,
      subject: `${namespace}/${name}`,
      status: "notice",
      what: `limit range "${name}" in namespace "${namespace}": ${limits.join("; ")}`,
      why: "Objects without these values get the defaults, and others beyond them are refused",
      fix: `kubectl describe limitrange ${name} -n ${namespace}, and fit the manifest to it`,
    }];
  });
  if (findings.length > 0) return findings;
  const what = `no limit range touches ${resourceName(resource)} in namespace "${namespace}"`;
  return [{ id: ID, subject: namespace, status: "ok", what }];
}

/** `Container max cpu=1, default cpu=500m memory=1Gi`. */
function limitText({ type, ...rules }: z.infer<typeof LimitRange>["spec"]["limits"][number]) {
  const parts = Object.entries(rules).flatMap(([rule, values]) => {
    const pairs = Object.entries(values ?? {}).map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? [] : [`${rule} ${pairs.join(" ")}`];
  });
  return `${type} ${parts.join(", ")}`;
}
