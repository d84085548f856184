/** A run's records without a directory. @module */

import type { Manifest } from "../../core/run_log/manifest.ts";
import type { RunRecords } from "../../core/run_log/run_directory.ts";
import type { RunLogRecord } from "../../core/run_log/record.ts";

export function runInMemory(manifest: Manifest, records: readonly RunLogRecord[]): RunRecords {
  return {
    manifest,
    async *records() {
      yield* await Promise.resolve(records);
    },
  };
}
