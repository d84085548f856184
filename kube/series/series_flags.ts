/** The parts of a series, and the flags that it has for itself. @module */

import { choice, flag, listOf } from "../../core/command/flags.ts";
import { RUN_FLAGS } from "../../core/command/run_flags.ts";
import type { KubernetesCommand } from "../kubernetes_command.ts";

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
