/** How does the gateway know its users, and what must their tokens be for? Flags go first. Pure. @module */

import { CannotRunError } from "../../../core/errors.ts";
import type { GatewayRef } from "../../../kube/gateway_api/gateway_ref.ts";
import { reviewedAudiences } from "../../../kube/kuadrant/auth_policy.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { AuthProfile } from "../users/user.ts";
import type { TargetValues } from "./flags.ts";

export interface AuthChoice {
  readonly profile: AuthProfile;
  readonly audiences: readonly string[];
  readonly subscription: string | undefined;
  /** Why this profile, for the report. */
  readonly because: string;
}

export interface AuthFacts {
  readonly gateway: GatewayRef;
  /** Those that concern the gateway; undefined: the server serves no such kind. */
  readonly authPolicies: readonly KubeObject[] | undefined;
  /** Of all namespaces; undefined: the server serves no such kind. */
  readonly subscriptions: readonly KubeObject[] | undefined;
}

/** What the benchmark of the field makes. */
const FIELD_SUBSCRIPTION = "maas-benchmark-subscription";
/** Believed beside the gateway's own while both kinds of users were. */
const API_SERVER_AUDIENCE = "https://kubernetes.default.svc";

/** @throws {CannotRunError} saying which flag is to be given */
export function authChoice(
  values: Pick<TargetValues, "auth" | "audience" | "subscription">,
  facts: AuthFacts,
): AuthChoice {
  const { gateway, authPolicies = [], subscriptions } = facts;
  const reviewed = authPolicies.flatMap((policy) => reviewedAudiences(policy) ?? []);
  const hasReview = authPolicies.some((policy) => reviewedAudiences(policy) !== undefined);
  const found = foundProfile({
    hasReview,
    subscriptions: subscriptions?.length,
    policies: authPolicies.length,
  });
  const profile = values.auth ?? found.profile;
  const byName = [
    `${gateway.name}-sa`,
    ...(profile === "sa-token+subscription" ? [API_SERVER_AUDIENCE] : []),
  ];
  const audiences = values.audience.length > 0
    ? values.audience
    : reviewed.length > 0
    ? [...new Set(reviewed)]
    : byName;
  return {
    profile,
    audiences,
    subscription: values.subscription ??
      (profile === "sa-token" ? undefined : onlySubscription(subscriptions ?? [])),
    because: values.auth === undefined ? found.because : "--auth",
  };
}

function foundProfile(
  { hasReview, subscriptions, policies }: {
    readonly hasReview: boolean;
    /** Undefined: the kind is not served. */
    readonly subscriptions: number | undefined;
    readonly policies: number;
  },
): { profile: AuthProfile; because: string } {
  if (subscriptions === undefined) {
    return { profile: "sa-token", because: "the server serves no MaaSSubscriptions" };
  }
  if (!hasReview && policies > 0) {
    return { profile: "api-key", because: "no AuthPolicy has tokens of ServiceAccounts reviewed" };
  }
  return subscriptions === 0
    ? { profile: "sa-token", because: "there is no MaaSSubscription" }
    : { profile: "sa-token+subscription", because: "there are MaaSSubscriptions" };
}

function onlySubscription(subscriptions: readonly KubeObject[]): string | undefined {
  const names = [...new Set(subscriptions.map(({ metadata }) => metadata.name ?? ""))];
  if (names.includes(FIELD_SUBSCRIPTION)) return FIELD_SUBSCRIPTION;
  if (names.length <= 1) return names[0];
  throw new CannotRunError(
    `There are several MaaSSubscriptions (${names.join(", ")}): name one with --subscription`,
  );
}
