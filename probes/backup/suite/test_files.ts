/** What is kept of a test beside its run directory, under the names that the field's scripts give it. @module */

import { join } from "node:path";
import { csvText } from "../../../core/csv_text.ts";
import { parsedJson } from "../../../core/parsed_json.ts";
import { Report } from "../../../core/report/report.ts";
import { BACKUP_CSV, LOAD_CSV } from "../files/backup_files.ts";
import { FAILURE_REPORT } from "../files/failure_report.ts";
import { logsDirectory } from "../files/logs_directory.ts";
import type { SuiteFiles } from "./suite_files.ts";
import type { SuiteTurn } from "./suite_turn.ts";
import { metricsText } from "./test_metrics.ts";

/** Undefined: there is none, or not all of it. */
export function reportOfTest(runDirectory: string): Report | undefined {
  return Report.safeParse(parsedJson(textAt(join(runDirectory, "result.json")))).data;
}

/** @param test.out its run directory */
export function keepTestFiles(
  files: SuiteFiles,
  { turn: { name, invocation }, out, report }: {
    turn: SuiteTurn;
    out: string;
    report: Report | undefined;
  },
): void {
  const logs = logsDirectory(invocation.values, out);
  const failures = textAt(join(logs, FAILURE_REPORT));
  if (report !== undefined) files.write(`${name}_metrics.txt`, metricsText(report, failures));
  if (failures !== "") files.write(`${name}_failure_report.csv`, failures);
  for (const table of [LOAD_CSV, BACKUP_CSV]) {
    const [titles, row] = textAt(join(logs, table)).split("\n");
    if (titles && row) files.addRow(table, titles, csvText(name) + row.slice(row.indexOf(",")));
  }
}

/** Empty: there is no such file. */
function textAt(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
