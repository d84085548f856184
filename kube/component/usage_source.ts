/**
 * Where is told what a component uses: its page of metrics or profiles, or what metrics.k8s.io knows of
 * its pods? Text to sources, and sources to readings.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import { pageFetcher } from "./fetch_text.ts";
import { readPageUsage } from "./page_usage.ts";
import { podUsageRights, readPodUsage } from "./pod_usage.ts";
import type { Component } from "./usage.ts";

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

/** What reads sources. @param onPage sees each page of metrics that was read */
export function usageReader(
  { clock, cluster, onPage = () => {} }: {
    clock: Clock;
    cluster: Cluster;
    onPage?: (source: PageSource, text: string) => void;
  },
): (source: UsageSource) => Component["read"] {
  const fetchPage = pageFetcher(clock);
  return (source) => {
    if (source.kind === "pods") return (signal) => readPodUsage({ cluster, ...source }, signal);
    const fetchText = async (url: string, signal: AbortSignal) => {
      const text = await fetchPage(url, signal);
      if (url === source.url) onPage(source, text);
      return text;
    };
    return (signal) => readPageUsage({ url: source.url, fetchText }, signal);
  };
}

/** What reading them asks of a cluster. */
export function sourceRights(sources: readonly UsageSource[]): NeededRight[] {
  return sources.flatMap((source) =>
    source.kind === "pods" ? podUsageRights(source.namespace) : []
  );
}
