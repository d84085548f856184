/** `scaletool maas all`: the loads of the plan of the field, one after another. @module */

import { defineSeriesCommand } from "../../../kube/series/series_command.ts";
import type { Parts } from "../../../kube/series/series_flags.ts";
import type { KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { LEVEL_FLAGS, MAAS_FLAGS } from "../flags.ts";

const DESCRIPTION =
  `Runs the loads one after another on the same gateway. Each is a run of its own, which raises the limits and gives them
back, with the report and the verdict that it has when it is called alone. What is given here holds for all of them; the
flags of one are set in its section of a plan file ("maas rate: {...}"), or are its defaults. The exit code is the worst: a
failure, then a load that could not run, then one without a verdict.`;

/** What means something else to each load, or has to be another for each. */
const OF_ONE_RUN = new Set(["duration", "warmup", "threshold", "run-id"]);

/** Of those that climb. */
const { "stage-duration": stageDuration, settle, pause } = LEVEL_FLAGS;
const LEVEL_TIMES = { "stage-duration": stageDuration, settle, pause };

/** @param probes by their names, in the order in which they run */
export function allCommand(probes: readonly KubernetesCommand[]): KubernetesCommand {
  const parts: Parts = new Map(probes.map((probe) => [`maas ${probe.name}`, probe]));
  return defineSeriesCommand({
    name: "all",
    summary: "every load of the plan, one after another, with one exit code",
    description: DESCRIPTION,
    flags: {
      ...Object.fromEntries(Object.entries(MAAS_FLAGS).filter(([name]) => !OF_ONE_RUN.has(name))),
      ...LEVEL_TIMES,
    },
    parts,
    examples: [
      {
        line: "maas all --out results",
        does: "all loads, each in a directory of its own below results",
      },
      {
        line: "maas all --only users --only rate --model facebook/opt-125m",
        does: "two of them, on a model by its name",
      },
      {
        line: "maas all --sandbox --plan loads.yaml --dry-run",
        does: "what a plan with sections for the loads comes to",
      },
    ],
  });
}
