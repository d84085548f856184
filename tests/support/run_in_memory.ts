/** A run's records without a directory. @module */

import type { Manifest } from "../../core/run/manifest.ts";
import type { RunRecords } from "../../core/run/run_directory.ts";
import type { RunLogRecord } from "../../core/run/run_log.ts";

export function runInMemory(manifest: Manifest, records: readonly RunLogRecord[]): RunRecords {
  return {
    manifest,
    async *records() {
      yield* await Promise.resolve(records);
    },
  };
}
