/** Limits of a gateway that are raised for a run. Types only. @module */

import type { ObjectRef } from "../../../kube/object.ts";
import type { Resource } from "../../../kube/resource.ts";

/** One rate of one limit. */
export interface Rate {
  /** Of the limit within its policy. */
  readonly limitName: string;
  /** JSON pointer to the number. */
  readonly path: string;
  readonly limit: number;
  readonly windowMs: number;
  /** What it counts. */
  readonly counts: "requests" | "tokens";
  /** From its predicate, where that tells; undefined: it does not. */
  readonly tier: string | undefined;
}

/** A policy that limits requests or tokens of the gateway, as it was found. */
export interface LimitPolicy {
  readonly resource: Resource;
  readonly ref: ObjectRef;
  readonly rates: readonly Rate[];
}

/** What stands against using figures of a time: somebody else changed a raised limit. */
export interface Reverted {
  readonly policy: LimitPolicy;
  /** One sentence for people. */
  readonly why: string;
}
