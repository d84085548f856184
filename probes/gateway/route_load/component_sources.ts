/** From where what components use is read: their pages, or what the cluster measures of their pods. @module */

import type { Clock } from "../../../core/load/clock.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { Component } from "../../../kube/component/usage.ts";
import { sourceRights, usageReader } from "../../../kube/component/usage_reader.ts";
import type { NeededRight } from "../../../kube/kubernetes_command.ts";
import type { ComponentSpec } from "./component_flags.ts";

/** Ready to be read. */
export function componentsFrom(
  specs: readonly ComponentSpec[],
  context: { clock: Clock; cluster: Cluster },
): (Component & { readonly tellsTotals: boolean })[] {
  const readerOf = usageReader(context);
  return specs.map(({ gateway, name, source }) => ({
    name,
    tags: { gateway },
    read: readerOf(source),
    tellsTotals: source.kind === "page",
  }));
}

/** What reading them asks of a cluster. */
export function componentRights(specs: readonly ComponentSpec[]): NeededRight[] {
  return sourceRights(specs.map(({ source }) => source));
}
