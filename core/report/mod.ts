/** The commands that read runs back. @module */

import type { Command } from "../command/command.ts";
import { compareCommand } from "./compare/command.ts";
import type { JoinLogs } from "./flags.ts";
import { reportCommand } from "./report_command.ts";

/** @param joinLogs what `report --join` does */
export function reportCommands(joinLogs: JoinLogs): readonly Command[] {
  return [reportCommand(joinLogs), compareCommand];
}
