/**
 * A watcher as the command line knows it: what it does, and what of it is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../core/command/command.ts";
import type { Values } from "../core/command/flags.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { defineLoadCommand } from "../kube/load_command.ts";
import type { WatcherFlags } from "./flags.ts";
import type { Given, WatcherPlan } from "./watcher_plan.ts";

/** A command that carries out the plan which its flags make. */
export function watcherCommand<F extends WatcherFlags>(
  { plan, ...spec }: Omit<CommandSpec<F>, "run"> & {
    /** Loads the flags' plan maker. */
    readonly plan: () => Promise<(values: Values<F>, given: Given) => WatcherPlan>;
  },
): KubernetesCommand {
  return defineLoadCommand<F>({
    ...spec,
    use: async (invocation) => {
      const [planOf, { watcherUse }] = await Promise.all([plan(), import("./watcher_plan.ts")]);
      return watcherUse(planOf(invocation.values, invocation), invocation);
    },
  });
}
