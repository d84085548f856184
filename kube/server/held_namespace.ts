/**
 * What keeps a namespace that is being deleted?
 * @module
 */

import * as z from "zod";
import type { KubeObject } from "../object.ts";

/** Source: Kubernetes API, v1 NamespaceStatus; only what is used here. */
const Conditions = z.object({
  status: z.object({
    conditions: z.array(z.object({
      type: z.string(),
      status: z.string(),
      message: z.string().nullish(),
    })).nullish(),
  }).nullish(),
});

/** Its finalizers and the conditions that hold: `finalizers a.io/x`; empty if nobody says. */
export function heldBy(namespace: KubeObject): string[] {
  // What has another shape tells nothing.
  const { status } = Conditions.safeParse(namespace).data ?? {};
  const { finalizers = [] } = namespace.metadata;
  return [
    ...(finalizers.length === 0 ? [] : [`finalizers ${finalizers.join(", ")}`]),
    ...(status?.conditions ?? [])
      .filter((condition) => condition.status === "True")
      .map(({ type, message }) => message ? `${type}: ${message}` : type),
  ];
}
