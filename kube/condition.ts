/**
 * What does a controller say about an object, and about which generation of it?
 * Source: apimachinery, pkg/apis/meta/v1/types.go, Condition.
 * @module
 */

import { given } from "../core/given.ts";
import { elementsOf, type Fields, fieldsOf, integerOf, textOf } from "./fields.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** Empty: none was given. */
  readonly reason: string;
  readonly message: string;
  /** Of the object, when the controller looked at it. */
  readonly observedGeneration?: number;
  /**
   * RFC 3339. No times are to be computed of it: some controllers renew it with every write, and of a
   * condition that nobody has written yet it is in 1970.
   */
  readonly lastTransitionTime: string;
}

/**
 * Whether conditions are about an object as it is now: `stale`, about an earlier generation; `zero`,
 * written by a controller that says 0, which no generation is; `absent`, without a generation, as the
 * defaults are that the server fills in before any controller has looked, and as conditions are whose
 * controller, written in Go, says 0: its client leaves that out.
 */
export type Observation = "current" | "stale" | "zero" | "absent";

/** @param owner whatever has `conditions`: a status, an entry of one */
export function conditionsOf(owner: unknown): Condition[] {
  return elementsOf(fieldsOf(owner)["conditions"]).map(conditionFrom);
}

export function conditionIn(
  conditions: readonly Condition[],
  type: string,
): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** @param generation of the object; undefined where it has none: then every other is it */
export function observation(
  conditions: readonly Condition[],
  generation: number | undefined,
): Observation {
  const seen = conditions.map((condition) =>
    isUnwritten(condition) ? undefined : condition.observedGeneration
  );
  if (seen.length === 0 || seen.includes(undefined)) return "absent";
  if (seen.includes(0)) return "zero";
  return seen.every((one) => one! >= (generation ?? 0)) ? "current" : "stale";
}

/** `Accepted=False (PortUnavailable: no entry point has port 81)`. */
export function conditionText({ type, status, reason, message }: Condition): string {
  const why = [reason, message].filter((part) => part !== "").join(": ");
  return why === "" ? `${type}=${status}` : `${type}=${status} (${why})`;
}

/**
 * Whether it is as the server fills it in before any controller has looked.
 * Source: gateway-api, apis/v1/gateway_types.go, GatewayStatus.
 */
export function isUnwritten({ lastTransitionTime }: Condition): boolean {
  return lastTransitionTime.startsWith("1970-01-01T00:00:00");
}

function conditionFrom(fields: Fields): Condition {
  const { type, status, reason, message, observedGeneration, lastTransitionTime } = fields;
  return {
    type: textOf(type) ?? "",
    status: status === "True" || status === "False" ? status : "Unknown",
    reason: textOf(reason) ?? "",
    message: textOf(message) ?? "",
    lastTransitionTime: textOf(lastTransitionTime) ?? "",
    ...given({ observedGeneration: integerOf(observedGeneration) }),
  };
}
