/** A run's records without a directory. @module */

import type { Manifest } from "../../core/run/manifest.ts";
import type { RunRecords } from "../../core/run/run_directory.ts";
import type { RunLogRecord } from "../../core/run/run_log.ts";

export function runInMemory(manifest: Manifest, records: readonly RunLogRecord[]): RunRecords {
  const endsMs = records.map((record) => record.type === "interval" ? record.interval.endMs : 0);
  return {
    manifest,
    async *records() {
      yield* await Promise.resolve(records);
    },
    lastIntervalEndMs: () => Promise.resolve(Math.max(0, ...endsMs)),
  };
}
