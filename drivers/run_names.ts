/**
 * What are the files of a driver's run called? Makes and checks names only; opens nothing.
 * @module
 */

import { dirname, join } from "node:path";
import { UsageError } from "../core/errors.ts";
import { isDevice } from "../core/result_file.ts";

/** What upstream's drivers wrote to unless told otherwise. */
export const DEFAULT_DATA_FILE = "{{.RunID}}-driver.csv";

const RUN_ID_PLACEHOLDER = "{{.RunID}}";
const CONTROL = /\p{Cc}/u;

/**
 * The path of the data file: every `{{.RunID}}` in it replaced, and nothing else. Upstream took no
 * `_`, space or other than ASCII; here they are fine.
 * @throws {UsageError} if it names no file: empty, a folder, a control character, another placeholder
 */
export function dataFilePath(text: string, { runId }: { runId: string }): string {
  const path = text.replaceAll(RUN_ID_PLACEHOLDER, () => runId);
  const other = /\{\{.*?(?:\}\}|$)/.exec(path)?.[0];
  if (other !== undefined) {
    throw new UsageError(
      `Cannot use --datafile "${text}": "${other}" is unknown; only ${RUN_ID_PLACEHOLDER} is replaced`,
    );
  }
  if (CONTROL.test(path)) {
    throw new UsageError(
      `Cannot use --datafile ${JSON.stringify(text)}: expected no control characters`,
    );
  }
  if (/(?:^|\/)\.{0,2}$/.test(path)) {
    throw new UsageError(
      `Cannot use --datafile "${text}": expected a file such as ${DEFAULT_DATA_FILE}`,
    );
  }
  return path;
}

/**
 * The parameter file beside the data file; scripts look for it under this name. If rows go to a
 * device: in the run directory that was asked for, else in the current folder.
 */
export function parmsFilePath(
  dataFile: string,
  { runId, out = "." }: { runId: string; out?: string | undefined },
): string {
  const folder = isDevice(dataFile) ? out : dirname(dataFile);
  return join(folder, `${runId}-driver.parms`);
}
