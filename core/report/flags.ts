/** The flags of `scaletool report`, and what its `--join` is given. @module */

import type { ExitCode } from "../exit_code.ts";
import { choice, flag, text, toggle } from "../command/flags.ts";
import { OUTPUT_FORMATS, OVERWRITE_FLAG } from "../command/run_flags.ts";

export const REPORT_FLAGS = {
  output: flag(choice([...OUTPUT_FORMATS, "html"]), {
    help: "format",
    short: "o",
    default: "text",
  }),
  "output-file": flag(text("file"), { help: "write there instead of to stdout" }),
  overwrite: OVERWRITE_FLAG,
  join: flag(text("file"), {
    help: "join this CSV of a driver or logger with the one of the other (text, json, csv)",
  }),
  schema: flag(toggle, { help: "print the JSON Schema of result.json and stop", default: false }),
};

/** A text for stdout or a file, and the exit code that goes with it. */
export interface Joined {
  readonly exitCode: ExitCode;
  readonly rendered: string;
}

/**
 * Joins the log files of a driver and of a logger, in either order; undefined: not given.
 * @throws {UsageError | CannotRunError} if they cannot be joined, or not written in this format
 */
export type JoinLogs = (
  files: readonly [string, string | undefined],
  format: string,
) => Promise<Joined>;
