/** Where the files of the field's scripts are written. @module */

import { join } from "node:path";

/**
 * @param values of `backup run`
 * @param runDirectory of the run
 */
export function logsDirectory(
  values: { readonly "logs-dir"?: string | undefined },
  runDirectory: string,
): string {
  return values["logs-dir"] ?? join(runDirectory, "logs");
}
