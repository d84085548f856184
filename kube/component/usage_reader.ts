/** What reads the sources of what components use. @module */

import type { Clock } from "../../core/load/clock.ts";
import type { Cluster } from "../cluster.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import { pageFetcher } from "./fetch_text.ts";
import { readPageUsage } from "./page_usage.ts";
import { podUsageRights, readPodUsage } from "./pod_usage.ts";
import type { Component } from "./usage.ts";
import type { PageSource, UsageSource } from "./usage_source.ts";

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
