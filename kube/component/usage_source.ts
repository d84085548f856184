/**
 * Where is told what a component uses: its page of metrics or profiles, or what metrics.k8s.io knows of
 * its pods? Text to sources. Reads nothing.
 * @module
 */

/** A page of metrics or of profiles, or pods that metrics.k8s.io knows. */
export type UsageSource =
  | { readonly kind: "page"; readonly url: string }
  | { readonly kind: "pods"; readonly namespace: string; readonly labelSelector: string };
export type PageSource = Extract<UsageSource, { kind: "page" }>;
export type PodSource = Extract<UsageSource, { kind: "pods" }>;

const PODS = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\/(.*=.*)$/s;

/** `http://host:port/metrics`; undefined: it is none. */
export function pageSource(text: string): PageSource | undefined {
  return /^https?:\/\//.test(text) && URL.canParse(text) ? { kind: "page", url: text } : undefined;
}

/** `namespace/label=value`; undefined: it is none. */
export function podSource(text: string): PodSource | undefined {
  const [, namespace, labelSelector] = PODS.exec(text) ?? [];
  if (namespace === undefined || labelSelector === undefined) return undefined;
  return { kind: "pods", namespace, labelSelector };
}
