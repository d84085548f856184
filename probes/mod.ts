/**
 * Probes: commands that try what a part of a cluster promises, and say where it stops holding.
 * @module
 */

import { gatewayCommands } from "./gateway/mod.ts";
import { maasCommands } from "./maas/mod.ts";

export { gatewayCommands, maasCommands };
