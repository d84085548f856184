/**
 * Does a policy's controller say that it is in force as it is now? Never says whether a limiter has
 * heard of it: only what is refused proves that.
 * Source: Gateway API, GEP-713; Kuadrant/kuadrant-operator, whose conditions have no generation of their
 * own: `status.observedGeneration` is that of all of them, and Enforced is taken away where Accepted is
 * not True.
 * @module
 */

import { given } from "../../core/given.ts";
import {
  type Condition,
  conditionIn,
  conditionsOf,
  conditionText,
  observation,
} from "../condition.ts";
import { fieldsOf, integerOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";

export interface Enforcement {
  /**
   * `pending`: nothing is said of it as it is now. `refused`: it is not accepted, or something else
   * overrides it. `untold`: its controller has never said anything of the kind.
   */
  readonly state: "enforced" | "refused" | "pending" | "untold";
  /** For `it is not enforced: ...`; empty: nothing is to be said. */
  readonly because: string;
  /** Whether that is said of the policy as it is now; false: of whichever generation. */
  readonly isVersioned: boolean;
}

/** Source: kuadrant-operator, internal/kuadrant/conditions.go, PolicyReasonOverridden. */
const OVERRIDDEN = "Overridden";

export function enforcementOf(policy: KubeObject): Enforcement {
  const { generation } = policy.metadata;
  const conditions = statusConditionsOf(policy);
  const accepted = conditionIn(conditions, "Accepted");
  const enforced = conditionIn(conditions, "Enforced");
  const last = accepted?.status === "False" ? accepted : enforced ?? accepted;
  if (last === undefined) {
    const because = "its status has neither Accepted nor Enforced";
    return { state: "untold", because, isVersioned: false };
  }
  const observed = observation([last], generation);
  const isVersioned = observed === "current";
  if (observed === "stale") {
    const because =
      `its status is about generation ${last.observedGeneration}, and it is at ${generation}`;
    return { state: "pending", because, isVersioned };
  }
  if (last.status === "False") {
    // Enforced=False for another reason is said while limiter and gateway have not heard of it yet.
    const isSettled = last === accepted || last.reason === OVERRIDDEN;
    const state = isSettled ? "refused" : "pending";
    return { state, because: conditionText(last), isVersioned };
  }
  if (last === enforced && last.status === "True") {
    return { state: "enforced", because: "", isVersioned };
  }
  const because = enforced === undefined
    ? "nothing is said of Enforced yet"
    : conditionText(enforced);
  return { state: "pending", because, isVersioned };
}

/** A condition without a generation is of that of the whole status. */
function statusConditionsOf({ status }: KubeObject): Condition[] {
  const ofAll = given({ observedGeneration: integerOf(fieldsOf(status)["observedGeneration"]) });
  return conditionsOf(status).map((condition) => ({ ...ofAll, ...condition }));
}
