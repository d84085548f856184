/**
 * Probes: commands that try what a part of a cluster promises, and say where it stops holding.
 * @module
 */

import { backupCommands } from "./backup/mod.ts";
import { gatewayCommands } from "./gateway/mod.ts";
import { maasCommands } from "./maas/mod.ts";

export { backupCommands, gatewayCommands, maasCommands };
