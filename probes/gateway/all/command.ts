/** `scaletool gateway all`: every gateway probe, one after another. @module */

import { defineSeriesCommand } from "../../../kube/series/series_command.ts";
import type { Parts } from "../../../kube/series/series_flags.ts";
import type { KubernetesCommand } from "../../../kube/kubernetes_command.ts";
import { GATEWAY_FLAGS, ROUTE_SCALE_FLAGS } from "../flags.ts";

const DESCRIPTION =
  `Runs the gateway probes one after another on the same Gateways. Each is a run of its own, with the report and the verdict
that it has when it is called alone, so that it can be compared with other runs of the same probe. What is given here
holds for all of them; a probe's own flags are set in its section of a plan file ("gateway churn: {...}"), or are its
defaults. The exit code is the worst: a failure, then a probe that could not run, then one without a verdict.`;

/** What means something else to each probe, or has to be another for each. */
const OF_ONE_RUN = new Set([
  "duration",
  "warmup",
  "threshold",
  "run-id",
  "consecutive",
  "interval",
]);

/** @param probes by their names, in the order in which they run */
export function allCommand(probes: readonly KubernetesCommand[]): KubernetesCommand {
  const parts: Parts = new Map(probes.map((probe) => [`gateway ${probe.name}`, probe]));
  const flags = { profile: ROUTE_SCALE_FLAGS.profile, ...GATEWAY_FLAGS };
  return defineSeriesCommand({
    name: "all",
    summary: "every gateway probe, one after another, with one exit code",
    description: DESCRIPTION,
    flags: Object.fromEntries(
      Object.entries(flags).filter(([name]) => !OF_ONE_RUN.has(name)),
    ),
    parts,
    examples: [
      {
        line: "gateway all --gateways infra/gw --backend shop/web:80 --out results",
        does: "all probes, each in a directory of its own below results",
      },
      {
        line: "gateway all --gateways a/gw,b/gw --only propagation --only traffic",
        does: "two of them, on each of two Gateways",
      },
      {
        line: "gateway all --sandbox --plan probes.yaml --dry-run",
        does: "what a plan with sections for the probes comes to",
      },
    ],
  });
}
