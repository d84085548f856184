/** From where what components use is read: their pages, or what the cluster measures of their pods. @module */

import type { Clock } from "../../../core/load/clock.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import { pageFetcher } from "../../../kube/component/fetch_text.ts";
import { readPageUsage } from "../../../kube/component/page_usage.ts";
import { podUsageRights, readPodUsage } from "../../../kube/component/pod_usage.ts";
import type { Component } from "../../../kube/component/usage.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { ComponentSpec, UsageSource } from "./component_flags.ts";

/** Ready to be read. */
export function componentsFrom(
  specs: readonly ComponentSpec[],
  { clock, cluster }: { clock: Clock; cluster: Cluster },
): (Component & { readonly tellsTotals: boolean })[] {
  const fetchText = pageFetcher(clock);
  const reader = (source: UsageSource): Component["read"] =>
    source.kind === "page"
      ? (signal) => readPageUsage({ url: source.url, fetchText }, signal)
      : (signal) => readPodUsage({ cluster, ...source }, signal);
  return specs.map(({ gateway, name, source }) => ({
    name,
    tags: { gateway },
    read: reader(source),
    tellsTotals: source.kind === "page",
  }));
}

/** What reading them asks of a cluster. */
export function componentRights(specs: readonly ComponentSpec[]): NeededRight[] {
  return specs.flatMap(({ source }) =>
    source.kind === "pods" ? podUsageRights(source.namespace) : []
  );
}
