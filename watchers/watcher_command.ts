/**
 * A watcher as the command line knows it: what it does, and what of it is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../core/command/command.ts";
import type { Values } from "../core/command/flags.ts";
import {
  type ClusterNeeds,
  defineKubernetesCommand,
  type KubernetesCommand,
} from "../kube/kubernetes_command.ts";
import type { WatcherFlags } from "./flags.ts";
import type { WatcherPlan } from "./watcher_plan.ts";

/** A command that carries out the plan which its flags make. */
export function watcherCommand<F extends WatcherFlags>(
  { plan, ...spec }: Omit<CommandSpec<F>, "run"> & {
    /** Loads the flags' plan maker. */
    readonly plan: () => Promise<(values: Values<F>) => WatcherPlan>;
  },
): KubernetesCommand {
  return defineKubernetesCommand<F>({
    ...spec,
    run: async (invocation) => {
      const [planOf, { conductWatcher }] = await Promise.all([
        plan(),
        import("./conduct_watcher.ts"),
      ]);
      return await conductWatcher(invocation, planOf(invocation.values));
    },
    needs: async ({ values }) => needsOf((await plan())(values)),
  });
}

function needsOf(
  { permissions, connections, watches, defaultThresholds }: WatcherPlan,
): ClusterNeeds {
  return {
    rights: permissions.map(({ resource: kind, ...right }) => ({ ...right, kind })),
    namespaces: [...new Set(permissions.flatMap(({ namespace }) => namespace ?? []))],
    createsNamespaces: false,
    requestsPerSec: null,
    connections,
    watches,
    defaultThresholds,
  };
}
