/** What a limiter is told: limits, made of policies. Plain data, for whichever limiter. @module */

export interface Limit {
  /** What it is for: the Gateway, as `namespace/name`. */
  readonly namespace: string;
  /** Policy and limit; no part of what makes it another limit. */
  readonly name: string;
  readonly counts: "requests" | "tokens";
  /** So many in a window. */
  readonly maxValue: number;
  readonly windowSeconds: number;
  /** In CEL, all of which must hold: `auth.identity.tier == "free"`. */
  readonly conditions: readonly string[];
  /** In CEL, by whose values it counts: `auth.identity.userid`. */
  readonly variables: readonly string[];
}

/**
 * Whether a counter goes on when a limit changes is a matter of this alone.
 * Source: Kuadrant/limitador, limitador/src/limit.rs, `impl PartialEq for Limit`.
 */
export function identityOf({ namespace, counts, windowSeconds, conditions, variables }: Limit) {
  // In Kuadrant a condition names the policy's kind, so that requests and tokens are two limits.
  return JSON.stringify([
    namespace,
    counts,
    windowSeconds,
    [...conditions].sort(),
    [...variables].sort(),
  ]);
}
