/**
 * What limits the requests and tokens of a gateway? Looks at the policies of all namespaces and keeps
 * those that requests to it can meet; what is generated is followed to what it is generated from.
 * Changes nothing.
 * @module
 */

import { formatDuration } from "../../../core/units.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { HTTP_ROUTES } from "../../../kube/gateway_api/kinds.ts";
import { equalRates } from "../../../kube/kuadrant/equal_rates.ts";
import {
  MAAS_SUBSCRIPTIONS,
  RATE_LIMIT_POLICIES,
  TOKEN_RATE_LIMIT_POLICIES,
} from "../../../kube/kuadrant/kinds.ts";
import {
  concernsGateway,
  isGenerated,
  isManaged,
  isRefToModel,
  modelOfGenerated,
} from "../../../kube/kuadrant/policy_target.ts";
import { type Rate, ratesOf } from "../../../kube/kuadrant/rates.ts";
import { type ListContext, listServed } from "../target/list_served.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { type Resource, resourceName } from "../../../kube/resource.ts";
import type { GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { type Generated, type LimitPolicy, policyName } from "./policy.ts";

/** What users have to know of the limits. */
export interface LimitNote {
  readonly code:
    | "limits-not-served"
    | "limit-unreadable"
    | "limit-empty"
    | "limit-managed"
    | "limits-equal"
    | "limit-generated";
  /** One sentence. */
  readonly message: string;
}

export interface GatewayLimits {
  /** Those whose rates count, and may be changed. */
  readonly policies: readonly LimitPolicy[];
  readonly notes: readonly LimitNote[];
}

export interface LookOptions extends ListContext {
  readonly gateway: GatewayRef;
  /** Name of the only MaaSSubscription that is of interest; undefined: all that concern the gateway. */
  readonly subscription?: string | undefined;
}

/** @throws {StatusError} where this user may not look; the signal's reason */
export async function limitPoliciesOf(
  cluster: Pick<Cluster, "list" | "request">,
  { gateway, subscription, ...options }: LookOptions,
): Promise<GatewayLimits> {
  const kinds = [
    HTTP_ROUTES,
    RATE_LIMIT_POLICIES,
    TOKEN_RATE_LIMIT_POLICIES,
    MAAS_SUBSCRIPTIONS,
  ] as const;
  const [routes, requestPolicies, tokenPolicies, subscriptions] = await Promise.all(
    kinds.map((kind) => listServed(cluster, kind, options)),
  );
  const place = { gateway, routes: routes ?? [] };
  const ofGateway = [
    ...inForceOf(RATE_LIMIT_POLICIES, requestPolicies),
    ...inForceOf(TOKEN_RATE_LIMIT_POLICIES, tokenPolicies),
  ].filter(({ object }) => concernsGateway(object, place));
  const generated = ofGateway.filter(({ object }) => isGenerated(object));
  const policies = [
    ...ofGateway.filter(({ object }) => !isGenerated(object)).map(policyOf),
    ...(subscriptions ?? [])
      .filter(({ metadata }) => subscription === undefined || metadata.name === subscription)
      .flatMap((object) => subscriptionPolicy(object, generated)),
  ];
  const notServed: [Resource, unknown][] = [
    [RATE_LIMIT_POLICIES, requestPolicies],
    [TOKEN_RATE_LIMIT_POLICIES, tokenPolicies],
  ];
  return {
    policies,
    notes: [
      ...notServed.flatMap(([kind, found]) => found === undefined ? notServedNote(kind) : []),
      ...policies.flatMap(notesOf),
      ...generated.flatMap((one) => orphanNote(one, policies)),
    ],
  };
}

/** What is being deleted is as good as gone. */
function inForceOf(resource: Resource, objects: readonly KubeObject[] = []): Generated[] {
  return objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((object) => ({ resource, object }));
}

function policyOf({ resource, object }: Generated): LimitPolicy {
  const { namespace = "", name = "" } = object.metadata;
  const { rates } = ratesOf(resource, object);
  return { resource, object, ref: { namespace, name }, rates, generated: [] };
}

/** With the rates for models that are behind the gateway; none if there is no such model in it. */
function subscriptionPolicy(
  object: KubeObject,
  generated: readonly Generated[],
): LimitPolicy[] {
  const whole = policyOf({ resource: MAAS_SUBSCRIPTIONS, object });
  const isAbout = (rate: Rate, one: Generated) => {
    const index = Number(/^\/spec\/modelRefs\/(\d+)\//.exec(rate.path)![1]);
    const model = modelOfGenerated(one.object);
    return model !== undefined && isRefToModel(object, { index, models: [model] });
  };
  const rates = whole.rates.filter((rate) => generated.some((one) => isAbout(rate, one)));
  if (rates.length === 0) return [];
  const ofIt = generated.filter((one) => rates.some((rate) => isAbout(rate, one)));
  return [{ ...whole, rates, generated: ofIt }];
}

function notServedNote(kind: Resource): LimitNote {
  return {
    code: "limits-not-served",
    message: `The server does not serve ${resourceName(kind)}: whatever else limits requests or ` +
      "tokens there is not known",
  };
}

function notesOf(policy: LimitPolicy): LimitNote[] {
  const { resource, object, rates } = policy;
  const name = policyName(policy);
  const { unread } = ratesOf(resource, object);
  const notes: LimitNote[] = unread.map((path) => ({
    code: "limit-unreadable",
    message: `${name}: ${path} cannot be read as a rate, and is left as it is`,
  }));
  if (rates.length === 0 && unread.length === 0) {
    notes.push({ code: "limit-empty", message: `${name} has no rates: it limits nothing` });
  }
  if (isManaged(object)) {
    const message = `${name} is annotated as managed (opendatahub.io/managed): its owner may set ` +
      "its limits back during the run, which makes figures from then on unusable";
    notes.push({ code: "limit-managed", message });
  }
  for (const [counts, ...dropped] of equalRates(rates)) {
    const others = dropped.map((rate) => rateText(rate)).join(", ");
    const message =
      `${name}: ${rateText(counts)} counts, and not ${others}: a limiter that knows ` +
      "limits by window, predicates and counters keeps the first of them, even if it is not the " +
      "strictest";
    notes.push({ code: "limits-equal", message });
  }
  return notes;
}

/** `free 5 in 2m0s`. */
export function rateText({ limitName, limit, counts, windowMs }: Rate): string {
  return `${limitName} (${limit} ${counts} in ${formatDuration(windowMs)})`;
}

function orphanNote(one: Generated, policies: readonly LimitPolicy[]): LimitNote[] {
  if (policies.some(({ generated }) => generated.includes(one))) return [];
  const message = `${policyName(policyOf(one))} is generated by maas-controller, and no ` +
    "MaaSSubscription of the run is behind it: its limits stay as they are";
  return [{ code: "limit-generated", message }];
}
