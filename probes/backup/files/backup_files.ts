/**
 * The files that the field's scripts write, under their names, beside what this program keeps of a
 * run. They are made of what is known at its end; where they cannot be written, nothing else is lost.
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../../core/errors.ts";
import { replaceFile } from "../../../core/files.ts";
import type { BackupRunData } from "./backup_data.ts";
import { backupSummaryText } from "./backup_summary.ts";
import { backupCsv, loadCsv } from "./csv_files.ts";
import { FAILURE_REPORT, failureReportText } from "./failure_report.ts";
import { fileTimestamp, watchTimestamp } from "./file_time.ts";
import { jobLogText } from "./job_log.ts";
import { failuresText, jobCounts, jobMetricsText } from "./job_metrics.ts";

/** The names of the rows that a suite gathers of its tests. */
export const LOAD_CSV = "load_test.csv";
export const BACKUP_CSV = "backup_test.csv";

interface OutputFile {
  readonly name: string;
  readonly text: string;
}

/** In the order in which they are written: what is short comes first. */
export function backupFiles(data: BackupRunData): OutputFile[] {
  const { backups, startedAt, failed, workspaceLog, eventLog } = data;
  const watched = watchTimestamp(startedAt);
  return [
    { name: FAILURE_REPORT, text: failureReportText(failed) },
    { name: LOAD_CSV, text: loadCsv(data) },
    ...backups === undefined ? [] : filesOfBackups({ ...data, backups }),
    ...workspaceLog === undefined ? [] : [{ name: `${watched}_dw_watch.log`, text: workspaceLog }],
    ...eventLog === undefined ? [] : [{ name: `${watched}_events.log`, text: eventLog }],
  ];
}

function filesOfBackups(
  data: BackupRunData & { readonly backups: NonNullable<BackupRunData["backups"]> },
): OutputFile[] {
  const { backups, startedAt, wallOf, nowMs } = data;
  const begin = fileTimestamp(startedAt);
  const counts = jobCounts(backups.workspaces);
  const told = [
    { name: `${begin}_backup_jobs_metrics.txt`, text: jobMetricsText(counts, wallOf(nowMs)) },
    { name: `${begin}_backup_jobs_failures.log`, text: failuresText(backups) },
    { name: `${begin}_backup_jobs_watch.log`, text: jobLogText(backups.workspaces) },
  ];
  const names = told.map(({ name }) => name);
  return [
    { name: BACKUP_CSV, text: backupCsv(data) },
    { name: `${begin}_backup_summary.txt`, text: backupSummaryText(data, names) },
    ...told,
  ];
}

/**
 * Writes them; those of an earlier run that have a name without a time are replaced.
 * @returns a warning if not all of them are there; never throws for a place that takes none
 */
export function writeBackupFiles(directory: string, data: BackupRunData): string | undefined {
  try {
    Deno.mkdirSync(directory, { recursive: true });
    for (const { name, text } of backupFiles(data)) replaceFile(join(directory, name), text);
    return undefined;
  } catch (error) {
    return `Not all files can be written to "${directory}" (--logs-dir): ${messageOf(error)}; ` +
      "the run directory has all of it";
  }
}
