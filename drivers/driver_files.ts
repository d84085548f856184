/**
 * The files of a driver's run: the CSV with a row for each write, and its parameters beside it. What
 * they are called, and their life.
 * @module
 */

import { dirname, join } from "node:path";
import { UsageError } from "../core/errors.ts";
import { isDevice, removeResultFile, writeResultFile } from "../core/files.ts";
import type { Share } from "../core/load/share.ts";
import { pathOfShare } from "../core/path_of_share.ts";
import type { Run } from "../core/run/run.ts";
import type { RunIdentity } from "../kube/owned/ownership.ts";
import { operationHeader } from "../kube/sample_log/operation_row.ts";
import { SampleLogWriter } from "../kube/sample_log/writer.ts";
import { DEFAULT_DATA_FILE, type DriverValues } from "./flags.ts";
import { parmsText, type ParmValue } from "./parms.ts";

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

/** Both files, made before the first request that counts. */
export class DriverFiles {
  /** Gets the rows. */
  readonly log: SampleLogWriter;
  readonly parmsPath: string;

  /** @throws {UsageError | CannotRunError} if they cannot be made, or are there already */
  constructor(
    { identity, share, values, parms }: {
      identity: RunIdentity;
      share: Share;
      values: Pick<DriverValues, "datafile" | "csv-dialect" | "overwrite" | "out">;
      /** Of the path of the data file. */
      parms: (dataFile: string) => Iterable<readonly [key: string, value: ParmValue]>;
    },
  ) {
    const { datafile, "csv-dialect": dialect, overwrite, out } = values;
    const asked = dataFilePath(datafile, identity);
    const path = pathOfShare(asked, share);
    const text = parmsText(parms(path));
    this.parmsPath = pathOfShare(parmsFilePath(asked, { runId: identity.runId, out }), share);
    const header = operationHeader(dialect);
    this.log = SampleLogWriter.create(path, { dialect, header, overwrite });
    try {
      writeResultFile(this.parmsPath, text, { overwrite });
    } catch (error) {
      this.log.close();
      removeResultFile(path);
      throw error;
    }
  }

  /** Of a run in which nothing happened: they would be in the way of the next try. */
  remove(): void {
    this.log.close();
    removeResultFile(this.log.path);
    removeResultFile(this.parmsPath);
  }

  /** The run is over; says what the CSV lacks. */
  close(run: Run): void {
    this.log.close();
    if (this.log.writeError === undefined) return;
    const { path, lostRows, rows, writeError } = this.log;
    const message = `${path} lacks ${lostRows} of ${rows} rows (${writeError}); the report has all`;
    run.warn("csv-incomplete", message);
  }
}
