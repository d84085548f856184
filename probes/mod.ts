/**
 * Probes: commands that try what a part of a cluster promises, and say where it stops holding.
 * @module
 */

import type { CommandTree } from "../core/command/command.ts";
import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import { gatewayCommands } from "./gateway/mod.ts";

export { gatewayCommands };

/** All of them, as the command line knows them. */
export const PROBE_COMMANDS: readonly CommandTree<KubernetesCommand>[] = [gatewayCommands];
