/**
 * What of a run's words reached nobody, for its report: who reads the report later must not take the
 * other output for complete.
 * @module
 */

import type { Io } from "../command/command.ts";
import type { JsonStream } from "./json_stream.ts";
import type { Warning } from "../run_log/record.ts";

/** At most one for each kind of loss. */
export function lostOutput(
  { delivery: { stdout, stderr } }: Pick<Io, "delivery">,
  stream: Pick<JsonStream, "droppedCount"> | undefined,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  if (stdout.failure !== undefined) {
    warn("stdout-lost", `stdout is not complete (${stdout.failure}): this report is`);
  }
  if (stderr !== stdout && stderr.failure !== undefined) {
    warn("stderr-lost", `stderr is not complete (${stderr.failure}): this report is`);
  }
  const droppedCount = stream?.droppedCount ?? 0;
  if (droppedCount > 0) {
    const message =
      `${droppedCount} intervals of --json-stream were dropped, because nobody read ` +
      "them in time: this report has them";
    warn("json-stream-dropped", message);
  }
  if (stream !== undefined && stdout.isClosed) {
    const message =
      "The reader of --json-stream ended before the run did: this report has the rest";
    warn("json-stream-closed", message);
  }
  return warnings;
}
