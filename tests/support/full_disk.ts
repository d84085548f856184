/**
 * A program of its own that writes a run directory until the system takes no more, for a test that
 * starts it with a limit on the size of files. Prints what it appended and what it reads back.
 * @module
 */

import { openRunDirectory, RunDirectory } from "../../core/run_log/run_directory.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";
import { SAMPLE_MANIFEST } from "./sample_report.ts";

/** What the program prints, as JSON. */
export interface FullDiskOutcome {
  readonly writeError: string | undefined;
  readonly appended: readonly string[];
  readonly readBack: readonly string[];
  readonly isReportWritten: boolean;
}

const LINES_PER_BATCH = 5;
/** Long enough that the limit is reached soon, and falls into the middle of a batch. */
const PADDING = "x".repeat(3_000);
const MOST_BATCHES = 1_000;
const BATCHES_AFTERWARDS = 2;

function labelOf(record: RunLogRecord): string {
  return record.type === "mark" ? record.mark.label.replace(/x+$/, "") : record.type;
}

async function fill(path: string): Promise<FullDiskOutcome> {
  const directory = RunDirectory.create(path, SAMPLE_MANIFEST);
  const appended: string[] = [];
  let batchesLeft = MOST_BATCHES;
  for (let batch = 0; batch < batchesLeft; batch++) {
    const records = Array.from({ length: LINES_PER_BATCH }, (_, line): RunLogRecord => ({
      type: "mark",
      mark: { atMs: batch, label: `${batch}.${line} ${PADDING}` },
    }));
    directory.append(...records);
    appended.push(...records.map(labelOf));
    if (directory.writeError !== undefined && batchesLeft === MOST_BATCHES) {
      batchesLeft = batch + 1 + BATCHES_AFTERWARDS;
    }
  }
  const { writeError } = directory;
  const isReportWritten = directory.writeReport("result.json", "x".repeat(2 ** 20));
  directory.close();
  const readBack = (await Array.fromAsync(openRunDirectory(path).records())).map(labelOf);
  return { writeError, appended, readBack, isReportWritten };
}

if (import.meta.main) {
  const [path = ""] = Deno.args;
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(await fill(path))));
}
