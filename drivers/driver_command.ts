/**
 * A driver as the command line knows it: what it does, and what of it is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../core/command/command.ts";
import { shownWithChosen } from "../core/command/settings.ts";
import type { Identified as IdentifiedInvocation } from "../kube/conduct_on_cluster.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { defineLoadCommand } from "../kube/load_command.ts";
import type { DriverFlags, DriverValues } from "./flags.ts";
import type { Driver, Identified } from "./run_driver.ts";

/** One use of a driver: its values, now with a run id and a seed, and what they make. */
export interface DriverUse {
  readonly values: Identified<DriverValues>;
  readonly driver: Driver;
}

/** A command that runs the driver which its flags make. */
export function driverCommand<F extends DriverFlags>(
  { use, ...spec }: Omit<CommandSpec<F>, "run"> & {
    /** @throws {UsageError | CannotRunError} for values of which no run can be made */
    readonly use: (invocation: IdentifiedInvocation<F>) => Promise<DriverUse>;
  },
): KubernetesCommand {
  return defineLoadCommand<F>({
    ...spec,
    use: async (invocation) => {
      const { clusterUseOf } = await import("./run_driver.ts");
      const { values, driver } = await use(invocation);
      const shown = shownWithChosen(invocation.shown, {
        flags: spec.flags,
        chosen: driver.derived,
        source: "derived",
      });
      return clusterUseOf(driver, { values, shown, identity: invocation.identity });
    },
  });
}
