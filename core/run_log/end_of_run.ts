/** Is a run over, and how did it end? From the last lines of its log, however long that is. @module */

import { join } from "node:path";
import { parsedJson } from "../parsed_json.ts";
import { RunLogRecord } from "./record.ts";
import { LOG_FILE } from "./run_directory.ts";

/** Behind the end there are warnings at most. */
const TAIL_BYTES = 64 * 1024;

/** What the log of a run tells of its end. */
export interface EndOfRun {
  /** Undefined: it goes on, or was killed. */
  readonly end: Extract<RunLogRecord, { type: "end" }> | undefined;
  /** When the log was written to last; undefined: there is none. */
  readonly writtenAt: Date | undefined;
}

export function endOfRun(directory: string): EndOfRun {
  try {
    using log = Deno.openSync(join(directory, LOG_FILE));
    const { size, mtime } = log.statSync();
    log.seekSync(Math.max(0, size - TAIL_BYTES), Deno.SeekMode.Start);
    const tail = new Uint8Array(Math.min(size, TAIL_BYTES));
    log.readSync(tail);
    return { end: endIn(new TextDecoder().decode(tail)), writtenAt: mtime ?? undefined };
  } catch {
    return { end: undefined, writtenAt: undefined };
  }
}

function endIn(lines: string): EndOfRun["end"] {
  const line = lines.split("\n").findLast((one) => one.startsWith('{"type":"end"'));
  const { data } = RunLogRecord.safeParse(line && parsedJson(line));
  return data?.type === "end" ? data : undefined;
}
