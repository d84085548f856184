/** The commands that read runs back. @module */

import type { Command } from "../run/command.ts";
import { compareCommand } from "./compare/command.ts";
import { reportCommand } from "./report_command.ts";

export const REPORT_COMMANDS: readonly Command[] = [reportCommand, compareCommand];
