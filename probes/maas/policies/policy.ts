/** Limits of a gateway that are raised for a run. Types and names only. @module */

import type { Rate } from "../../../kube/kuadrant/rates.ts";
import type { KubeObject, ObjectRef } from "../../../kube/object.ts";
import { type Resource, resourceName } from "../../../kube/resource.ts";

/** Something that limits requests or tokens of the gateway, as it was found. */
export interface LimitPolicy {
  readonly resource: Resource;
  readonly ref: Required<ObjectRef>;
  readonly rates: readonly Rate[];
  /** As it was when it was looked for. */
  readonly object: KubeObject;
  /** Of a subscription: the policies that are generated from it, which say whether it is in force. */
  readonly generated: readonly Generated[];
}

/** A policy that something else writes. */
export interface Generated {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** What stands against using figures of a time: somebody else changed a raised limit. */
export interface Reverted {
  readonly policy: LimitPolicy;
  /** One sentence for people. */
  readonly why: string;
}

/** `tokenratelimitpolicies.kuadrant.io openshift-ingress/gateway-token-rate-limits`. */
export function policyName({ resource, ref }: Pick<LimitPolicy, "resource" | "ref">): string {
  return `${resourceName(resource)} ${ref.namespace}/${ref.name}`;
}
