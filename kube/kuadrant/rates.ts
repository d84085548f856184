/**
 * Which rates does an object limit requests or tokens to, and where in it does each number stand? Read
 * from its spec alone: never says whether a limiter applies them.
 * Sources: Kuadrant/kuadrant-operator, api/v1/ratelimitpolicy_types.go and
 * api/v1alpha1/tokenratelimitpolicy_types.go; opendatahub-io/models-as-a-service, maas-controller,
 * maassubscription_types.go.
 * @module
 */

import { parseDurationMs } from "../../core/units.ts";
import { elementsOf, type Fields, fieldsOf, integerOf, textOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "../resource.ts";
import { MAAS_SUBSCRIPTIONS, RATE_LIMIT_POLICIES } from "./kinds.ts";

/** One rate of one limit. */
export interface Rate {
  /** Of the limit within its policy; of a subscription the model's. */
  readonly limitName: string;
  /** JSON pointer to the number. */
  readonly path: string;
  /** At most so many in a window. */
  readonly limit: number;
  readonly windowMs: number;
  /** What it counts. */
  readonly counts: "requests" | "tokens";
  /** From its predicate, where that tells; undefined: it does not. */
  readonly tier: string | undefined;
  /** Whether there is one count for everybody, instead of one for each user. */
  readonly isShared: boolean;
  /** Opaque: of rates of one object the same for those that a limiter cannot tell apart. */
  readonly identity: string;
}

export interface ReadRates {
  readonly rates: readonly Rate[];
  /** JSON pointers to what should be a rate and cannot be read as one. */
  readonly unread: readonly string[];
}

/** Source: the pattern of `Duration` in the Gateway API and of `window` in Kuadrant's definitions. */
const WINDOW = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;
/** Where a policy may have its limits; more than one of them is refused by the server. */
const HOLDERS = ["", "/defaults", "/overrides"] as const;
const TIER = /\btier\s*==\s*(["'])([^"']+)\1|(["'])([^"']+)\3\s*==\s*[\w.]*\btier\b/g;
/** With these a predicate is not all of what it says of a tier. */
const NOT_PLAIN = /\|\||!\s*\(|\?/;
/** All of them, in the order of the spec. */
export function ratesOf(resource: Resource, object: KubeObject): ReadRates {
  const found = resource.plural === MAAS_SUBSCRIPTIONS.plural
    ? ratesOfSubscription(object)
    : ratesOfPolicy(resource, object);
  return {
    rates: found.flatMap((one) => typeof one === "string" ? [] : [one]),
    unread: found.filter((one) => typeof one === "string"),
  };
}

/** Undefined for what is no window. */
export function windowMsOf(text: unknown): number | undefined {
  return typeof text === "string" && WINDOW.test(text) ? parseDurationMs(text) : undefined;
}

/** The rates, and the paths of those that cannot be read. */
type Found = (Rate | string)[];
/** What the rates of one limit have in common, and what makes it another limit than others. */
type LimitFacts = Pick<Rate, "limitName" | "counts" | "tier" | "isShared"> & { subject: unknown };

function ratesOfPolicy(resource: Resource, object: KubeObject): Found {
  const counts = resource.plural === RATE_LIMIT_POLICIES.plural ? "requests" : "tokens";
  const spec = fieldsOf(object["spec"]);
  return HOLDERS.flatMap((holder) => {
    const { limits } = holder === "" ? spec : fieldsOf(spec[holder.slice(1)]);
    return Object.entries(fieldsOf(limits)).flatMap(([limitName, limit]) => {
      const predicates = textsOf(fieldsOf(limit)["when"], "predicate");
      const counters = textsOf(fieldsOf(limit)["counters"], "expression");
      const facts = {
        limitName,
        counts,
        tier: tierOf(predicates),
        isShared: counters.length === 0,
        // Their order makes no difference.
        subject: [predicates, counters],
      } as const;
      const path = `/spec${holder}/limits/${pointerKey(limitName)}/rates`;
      return readRates(fieldsOf(limit)["rates"], { path, facts });
    });
  });
}

function ratesOfSubscription(object: KubeObject): Found {
  const { modelRefs } = fieldsOf(object["spec"]);
  return elementsOf(modelRefs).flatMap((model, index) => {
    const facts = {
      limitName: textOf(model["name"]) ?? "",
      counts: "tokens",
      tier: undefined,
      isShared: false, // the limits that are generated of it count by user
      subject: index,
    } as const;
    const path = `/spec/modelRefs/${index}/tokenRateLimits`;
    return readRates(model["tokenRateLimits"], { path, facts });
  });
}

function readRates(
  rates: unknown,
  { path, facts: { subject, ...facts } }: { path: string; facts: LimitFacts },
): Found {
  if (!Array.isArray(rates)) return rates === undefined ? [] : [path];
  return rates.map((rate: unknown, index) => {
    const fields: Fields = fieldsOf(rate);
    const limit = integerOf(fields["limit"]);
    const windowMs = windowMsOf(fields["window"]);
    if (limit === undefined || windowMs === undefined) return `${path}/${index}`;
    // A limiter has windows of whole seconds.
    const identity = JSON.stringify([facts.counts, Math.floor(windowMs / 1_000), subject]);
    return { ...facts, path: `${path}/${index}/limit`, limit, windowMs, identity };
  });
}

function textsOf(list: unknown, key: string): string[] {
  return elementsOf(list).flatMap((element) => textOf(element[key]) ?? []).sort();
}

/** The one tier that all of them are about. */
function tierOf(predicates: readonly string[]): string | undefined {
  const tiers = predicates.filter((text) => !NOT_PLAIN.test(text))
    .flatMap((text) => [...text.matchAll(TIER)].map((match) => match[2] ?? match[4]!));
  return new Set(tiers).size === 1 ? tiers[0] : undefined;
}

/** Source: RFC 6901, section 3. */
function pointerKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
