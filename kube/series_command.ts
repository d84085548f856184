/**
 * A command that runs other commands on a cluster, one after another, each as if it had been called
 * alone: with a run, a report and a verdict of its own. How it does that is loaded when it is used.
 * @module
 */

import type { CommandSpec } from "../core/command/command.ts";
import { choice, flag, type Flags, listOf } from "../core/command/flags.ts";
import { RUN_FLAGS } from "../core/command/run_flags.ts";
import { defineKubernetesCommand, type KubernetesCommand } from "./kubernetes_command.ts";

/** By their full names, in the order in which they run. */
export type Parts = ReadonlyMap<string, KubernetesCommand>;

/** Flags of a series that it looks at itself; what else it has is its parts'. */
export function seriesFlags(parts: Parts) {
  const words = [...parts.values()].map(({ name }) => name);
  return {
    only: flag(listOf(choice(words)), {
      help: "run this one of them; repeatable, in their usual order; default: all",
      default: [],
    }),
    out: { ...RUN_FLAGS.out, help: "directory of the run directories; default: scaletool-runs" },
    // Of the others several in a row are nothing that could be read.
    output: flag(choice(["text", "json"]), {
      help: "format of the results on stdout, one after another",
      short: "o",
      default: "text",
    }),
    quiet: RUN_FLAGS.quiet,
  };
}
type SeriesFlags = ReturnType<typeof seriesFlags>;

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
