/**
 * What has become of the backups, for people: how many of whom, what was missed, how many Jobs there were
 * beside how many were to be expected, and what failed pods said. Judges nothing: figures do.
 * @module
 */

import type { Run } from "../../../core/run/run.ts";
import type { BackupBook } from "../accounting/backup_book.ts";
import type { ErrorPattern, ErrorPatterns } from "../accounting/error_patterns.ts";
import type { Range } from "../accounting/expected_jobs.ts";
import type { WorkspaceRecord } from "../accounting/workspace_record.ts";
import type { Configuration } from "../configure/configuration.ts";
import { rangeOf } from "./jobs_range.ts";
import { workspaceKey } from "../workspaces/workspace_ref.ts";

interface Backups {
  readonly book: BackupBook;
  readonly patterns: Pick<ErrorPatterns, "all">;
  /** Failed pods whose logs were not read: there is a limit. */
  readonly logsLeft: number;
}

const NAMED = 3;

/** Facts and warnings of the run. */
export function tellOfBackups(
  run: Pick<Run, "addFact" | "warn">,
  { book, patterns, logsLeft }: Backups,
  configuration: Configuration,
): void {
  run.addFact("backups", backupsText(book));
  run.addFact("Jobs of a workspace", jobsText(book, configuration));
  for (const [index, { pattern, count }] of tellingFirst(patterns).slice(0, NAMED).entries()) {
    run.addFact(`error of backups ${index + 1}`, `"${pattern}", ${count} times`);
  }
  if (logsLeft > 0) {
    run.addFact(
      "errors of backups",
      `from the logs of the first pods; ${logsLeft} more were not read`,
    );
  }
  const odd = unexpected(book, configuration);
  if (odd.length === 0) return;
  const named = odd.slice(0, NAMED).map((one) =>
    `${workspaceKey(one)} ${one.jobCount} and not ${
      rangeText(rangeOf(one, { book, configuration }))
    }`
  ).join(", ");
  run.warn(
    "jobs-unexpected",
    `${odd.length} workspaces have had more or fewer backup Jobs than schedule, ticks and ` +
      `back-off explain: ${named}; where there are more, ticks that last longer than a period of ` +
      "the schedule may have overlapped: a longer --backup-schedule shows it",
  );
}

/** That a Job has failed is the end of each of those that the others are about. */
function tellingFirst({ all }: Backups["patterns"]): readonly ErrorPattern[] {
  const saysLittle = ({ pattern }: ErrorPattern) =>
    Number(pattern.startsWith("BackoffLimitExceeded"));
  return all.toSorted((one, other) => saysLittle(one) - saysLittle(other));
}

function backupsText({ totals: { workspaces, expected, backedUp, misses } }: BackupBook): string {
  const missed = Object.entries(misses).filter(([, count]) => count > 0)
    .map(([miss, count]) => `${count} ${miss}`);
  const stopped = `${backedUp} of ${expected} workspaces that ran and were stopped`;
  const others = workspaces === expected ? "" : `, of ${workspaces} in all`;
  return `${stopped}${others}${missed.length === 0 ? "" : `; missed: ${missed.join(", ")}`}`;
}

function jobsText(book: BackupBook, configuration: Configuration): string {
  const expected = book.workspaces.filter(({ isExpected }) => isExpected);
  if (expected.length === 0) return "none: no workspace was owed a backup";
  const counts = expected.map(({ jobCount }) => jobCount);
  const ranges = expected.map((one) => rangeOf(one, { book, configuration }));
  const [least, most] = [
    Math.min(...ranges.map((range) => range.least)),
    Math.max(...ranges.map((range) => range.most)),
  ];
  const found = rangeText({ least: Math.min(...counts), most: Math.max(...counts) });
  return `${found}; ${rangeText({ least, most })} to be expected`;
}

/** For example `1`, `1 to 3`. */
function rangeText({ least, most }: Range): string {
  return least === most ? String(least) : `${least} to ${most}`;
}

/** Those that were lost have none, and that is told already. */
function unexpected(book: BackupBook, configuration: Configuration): WorkspaceRecord[] {
  return book.workspaces.filter((one) => {
    if (!one.isExpected || (one.jobCount === 0 && one.miss !== undefined)) return false;
    const { least, most } = rangeOf(one, { book, configuration });
    return one.jobCount < least || one.jobCount > most;
  });
}
