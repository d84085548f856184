/**
 * What keeps a namespace that is being deleted?
 * @module
 */

import * as z from "zod";
import type { KubeObject } from "../object.ts";

/** Source: Kubernetes API, v1 Namespace; only what is used here. */
const Namespace = z.object({
  spec: z.object({ finalizers: z.array(z.string()).nullish() }).nullish(),
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
  const { status } = Namespace.safeParse(namespace).data ?? {};
  const { finalizers = [] } = namespace.metadata;
  return [
    ...(finalizers.length === 0 ? [] : [`finalizers ${finalizers.join(", ")}`]),
    ...(status?.conditions ?? [])
      .filter((condition) => condition.status === "True")
      .map(({ type, message }) => message ? `${type}: ${message}` : type),
  ];
}

/**
 * Whether it is as the API server itself leaves one that is deleted: no namespace controller has begun
 * to remove it, and nobody else holds it.
 * Source: kubernetes, pkg/controller/namespace/deletion (conditions with the first look at what is in it).
 */
export function isUntouched(namespace: KubeObject): boolean {
  const { spec, status } = Namespace.safeParse(namespace).data ?? {};
  const { finalizers = [], deletionTimestamp } = namespace.metadata;
  return deletionTimestamp !== undefined && finalizers.length === 0 &&
    (status?.conditions ?? []).length === 0 && spec?.finalizers?.join() === "kubernetes";
}
