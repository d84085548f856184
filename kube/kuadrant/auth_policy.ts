/**
 * How does an AuthPolicy know who asks? Read from its spec alone.
 * Source: Kuadrant/authorino, api/v1beta3/auth_config_types.go, KubernetesTokenReviewSpec.
 * @module
 */

import { fieldsOf } from "../fields.ts";
import type { KubeObject } from "../object.ts";

const HOLDERS = [[], ["defaults"], ["overrides"]] as const;

/**
 * For which audiences tokens of ServiceAccounts are believed, each once; none: the API server's own.
 * Undefined: it has no such tokens reviewed.
 */
export function reviewedAudiences(policy: KubeObject): readonly string[] | undefined {
  const reviews = HOLDERS.flatMap((holder) => {
    const rules = fieldAt(policy["spec"], [...holder, "rules", "authentication"]);
    return Object.values(fieldsOf(rules))
      .map((rule) => fieldsOf(rule)["kubernetesTokenReview"])
      .filter((review) => review !== undefined);
  });
  if (reviews.length === 0) return undefined;
  const audiences = reviews.flatMap((review) => fieldsOf(review)["audiences"] ?? []);
  return [...new Set(audiences.filter((audience) => typeof audience === "string"))];
}

function fieldAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce((part, key) => fieldsOf(part)[key], value);
}
