/**
 * The settings of an invocation as a plan file, for the same program in another process or pod. It holds
 * secrets in clear: it goes into a file or an object that no other user may read, and is removed.
 * @module
 */

import { writeYaml } from "../yaml.ts";
import type { Invocation } from "./command.ts";
import { exactTexts, type Flags } from "./flags.ts";
import { RUN_FLAGS } from "./run_flags.ts";

/** Of the flags that every load has, those that make the load the same one elsewhere. */
const OF_THE_LOAD: ReadonlySet<string> = new Set(["duration", "warmup", "seed", "run-id"]);
/** What only the process that reports has a use for. */
const OF_THE_REPORT = Object.keys(RUN_FLAGS).filter((name) => !OF_THE_LOAD.has(name));

/**
 * The text of a plan with the section of the command, which the reader of plans (settings_file.ts) makes
 * the same values of. What the user left to the program is left to it there, too, but for the seed and
 * the id of the run: those are the same in all its parts.
 * @param flags of the command that is to read it
 */
export function settingsPlan(
  { command, values, shown }: Pick<Invocation, "command" | "values" | "shown">,
  flags: Flags,
): string {
  const section: Record<string, string | readonly string[]> = {};
  for (const [name, { kind }] of Object.entries(flags)) {
    const value = values[name];
    if (value === undefined || value === null || OF_THE_REPORT.includes(name)) continue;
    const isSame = name === "seed" || name === "run-id";
    if (!isSame && (shown[name]?.source ?? "default") === "default") continue;
    const texts = exactTexts(kind, value);
    section[name] = kind.isList ? texts : texts[0]!;
  }
  return writeYaml({ [command]: section });
}
