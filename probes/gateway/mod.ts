/**
 * `scaletool gateway`: what a Gateway API implementation holds, on Gateways that are there already.
 * Gathers the commands; what each does is loaded when it is used.
 * @module
 */

import { type CommandTree, defineCommandGroup } from "../../core/command/command.ts";
import type { KubernetesCommand } from "../../kube/kubernetes_command.ts";
import { allCommand } from "./all/command.ts";
import { attachedRoutesCommand } from "./attached_routes/command.ts";
import { churnCommand } from "./churn/command.ts";
import { propagationCommand } from "./propagation/command.ts";
import { routeChangeCommand } from "./route_change/command.ts";
import { routeLoadCommand } from "./route_load/command.ts";
import { trafficCommand } from "./traffic/command.ts";

/** In the order in which `all` runs them. */
const PROBES: readonly KubernetesCommand[] = [
  attachedRoutesCommand,
  propagationCommand,
  routeChangeCommand,
  routeLoadCommand,
  churnCommand,
  trafficCommand,
];

export const gatewayCommands: CommandTree<KubernetesCommand> = defineCommandGroup<
  KubernetesCommand
>({
  name: "gateway",
  summary: "what a Gateway API implementation holds: status, data plane, change and scale",
  description:
    `Probes for any implementation of the Gateway API, on Gateways that are there already.
Status and data plane are measured apart, on one clock: a route may be counted and not served, and served and not counted.`,
  examples: [
    {
      line: "gateway attached-routes --gateways infra/gw --routes 1000",
      does: "how long 1,000 routes take to be counted and served, and one more after them",
    },
  ],
  subcommands: [...PROBES, allCommand(PROBES)],
});
