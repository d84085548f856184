/**
 * Which limits does a policy ask for? A policy -> limits, or why it cannot be put in force. Knows no
 * limiter.
 * Source: Kuadrant/kuadrant-operator, api/v1/ratelimitpolicy_types.go, api/v1alpha1.
 * @module
 */

import { parseDurationMs } from "../../../core/units.ts";
import type { KubeObject } from "../../../kube/object.ts";
import type { Limit } from "../limits/limit.ts";
import { attributeOf, predicateOf } from "../limits/predicate.ts";

interface PolicyLimit {
  readonly rates?: readonly { readonly limit: number; readonly window: string }[];
  readonly when?: readonly { readonly predicate: string }[];
  readonly counters?: readonly { readonly expression: string }[];
}

interface LimitHolder {
  readonly limits?: Readonly<Record<string, PolicyLimit>>;
}

export interface Policy extends KubeObject {
  readonly spec: LimitHolder & {
    readonly targetRef: { readonly kind: string; readonly name: string };
    readonly defaults?: LimitHolder;
    readonly overrides?: LimitHolder;
  };
}

/** @throws {SyntaxError} for what it cannot read */
export function limitsOf(
  { metadata, spec }: Policy,
  { counts, gateway }: {
    readonly counts: Limit["counts"];
    /** `namespace/name` */
    readonly gateway: string;
  },
): Limit[] {
  const { limits = {} } =
    [spec.overrides, spec.defaults, spec].find((holder) => holder?.limits !== undefined) ?? {};
  return Object.entries(limits).flatMap(([name, { rates = [], when = [], counters = [] }]) => {
    const conditions = when.map(({ predicate }) => predicate);
    const variables = counters.map(({ expression }) => expression);
    conditions.forEach(predicateOf);
    variables.forEach(attributeOf);
    return rates.map(({ limit: maxValue, window }) => ({
      namespace: gateway,
      name: `${metadata.namespace}/${metadata.name}/${name}`,
      counts,
      maxValue,
      windowSeconds: parseDurationMs(window) / 1_000,
      conditions,
      variables,
    }));
  });
}
