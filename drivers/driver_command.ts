/**
 * A driver as the command line knows it: what it does, and what of it is loaded when it is used.
 * @module
 */

import type { CommandSpec, Invocation } from "../core/command/command.ts";
import { shownWithChosen } from "../core/command/settings.ts";
import { defineKubernetesCommand, type KubernetesCommand } from "../kube/kubernetes_command.ts";
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
    readonly use: (invocation: Invocation<F>) => Promise<DriverUse>;
  },
): KubernetesCommand {
  return defineKubernetesCommand<F>({
    ...spec,
    run: async (invocation) => {
      const { runDriver } = await import("./run_driver.ts");
      const { values, driver } = await use(invocation);
      const shown = shownWithChosen(invocation.shown, {
        flags: spec.flags,
        chosen: driver.derived,
        source: "derived",
      });
      return await runDriver({ ...invocation, values, shown }, driver);
    },
    needs: async (invocation) => {
      const { driverNeeds } = await import("./driver_needs.ts");
      const { values, driver } = await use(invocation);
      return driverNeeds(driver, values);
    },
  });
}
