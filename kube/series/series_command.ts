/**
 * A command that runs other commands on a cluster, one after another, each as if it had been called
 * alone: with a run, a report and a verdict of its own. How it does that is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../../core/command/command.ts";
import type { Flags } from "../../core/command/flags.ts";
import { defineKubernetesCommand, type KubernetesCommand } from "../kubernetes_command.ts";
import { type Parts, seriesFlags } from "./series_flags.ts";

/**
 * Declares one. What is given of its flags holds for every part that has a flag of the same name, in
 * the place of what the part's own variables and section of a plan file say.
 */
export function defineSeriesCommand(
  spec: Omit<CommandSpec<Flags>, "run" | "parts"> & { readonly parts: Parts },
): KubernetesCommand {
  const { parts, flags } = spec;
  return defineKubernetesCommand<Flags>({
    ...spec,
    flags: { ...flags, ...seriesFlags(parts) },
    run: async (invocation) => (await import("./run_series.ts")).runSeries(invocation, parts),
    needs: async (invocation) => (await import("./run_series.ts")).needsOfSeries(invocation, parts),
  });
}
