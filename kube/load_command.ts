/**
 * A load command that goes to a cluster, as the command line knows it: its flags, and what one use of
 * them makes. What it does is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../core/command/command.ts";
import type { LoadFlags } from "./cluster_flags.ts";
import type { ClusterUse, Identified } from "./conduct_on_cluster.ts";
import { defineKubernetesCommand, type KubernetesCommand } from "./kubernetes_command.ts";

/** Declares one; what it needs, shows and does all comes from the same `use`. */
export function defineLoadCommand<F extends LoadFlags>(
  { use, ...spec }: Omit<CommandSpec<F>, "run"> & {
    /** Classes of failure of its own, as in its `RunPlan`. */
    readonly reasons?: readonly string[];
    /** @throws {UsageError | CannotRunError} for values of which no run can be made */
    readonly use: (invocation: Identified<F>) => Promise<ClusterUse>;
  },
): KubernetesCommand {
  return defineKubernetesCommand<F>({
    ...spec,
    run: async (invocation) => {
      const { conductOnCluster, identified } = await import("./conduct_on_cluster.ts");
      const named = identified(invocation);
      return await conductOnCluster(named, await use(named));
    },
    needs: async (invocation) => {
      const { identified } = await import("./conduct_on_cluster.ts");
      return (await use(identified(invocation))).needs;
    },
  });
}
