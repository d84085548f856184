/** The workspaces that failed, a row each; as the field's scripts write them, without a header. @module */

import { csvText } from "../../../core/csv_text.ts";

export const FAILURE_REPORT = "dw_failure_report.csv";

export interface FailedWorkspace {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly message: string;
}

/** All cells quoted as RFC 4180 has it, and safe in a spreadsheet. */
export function failureReportText(failed: readonly FailedWorkspace[]): string {
  return failed.map(({ namespace, name, phase, message }) =>
    [namespace, name, phase, message].map(quotedCell).join(",") + "\n"
  ).join("");
}

function quotedCell(text: string): string {
  const cell = csvText(text);
  return cell.startsWith('"') ? cell : `"${cell}"`;
}
