/** What a test came to, in the words of the field's scripts and, where those have none, in ours. @module */

import { EXIT_CODE, EXIT_CODE_OF_SIGNAL, type ExitCode } from "../../../core/exit_code.ts";
import type { Report } from "../../../core/report/report.ts";

export type TestStatus =
  | "PASSED"
  | "FAILED"
  /** It was stopped because it took too long. */
  | "TIMEOUT"
  /** All was well, but something of it is left. */
  | "CLEANUP_FAILED"
  /** There is no verdict: no data, too few samples, or this machine was too slow. */
  | "INCONCLUSIVE"
  | "COULD_NOT_RUN"
  /** A signal stopped it. */
  | "INTERRUPTED"
  /** A signal came before it. */
  | "NOT_RUN";

export interface TestResult {
  readonly name: string;
  readonly status: TestStatus;
  /** Undefined: it did not run. */
  readonly exitCode: ExitCode | undefined;
  readonly durationMs: number;
}

const STATUS_OF: ReadonlyMap<ExitCode, TestStatus> = new Map([
  [EXIT_CODE.pass, "PASSED"],
  [EXIT_CODE.failed, "FAILED"],
  [EXIT_CODE.inconclusive, "INCONCLUSIVE"],
  [EXIT_CODE.couldNotRun, "COULD_NOT_RUN"],
  [EXIT_CODE.usage, "COULD_NOT_RUN"],
  ...Object.values(EXIT_CODE_OF_SIGNAL).map((code) => [code, "INTERRUPTED"] as const),
]);

/**
 * @param report undefined: there is none
 * @returns the status, and the exit code with it: one that took too long has failed
 */
export function testStatus(
  exitCode: ExitCode,
  { report, isOverdue }: { report: Report | undefined; isOverdue: boolean },
): Pick<TestResult, "status" | "exitCode"> & { readonly exitCode: ExitCode } {
  const status = STATUS_OF.get(exitCode)!;
  if (status === "INTERRUPTED" && isOverdue) {
    return { status: "TIMEOUT", exitCode: EXIT_CODE.failed };
  }
  if (status === "FAILED" && isLeftoverAlone(report)) return { status: "CLEANUP_FAILED", exitCode };
  return { status, exitCode };
}

function isLeftoverAlone(report: Report | undefined): boolean {
  const failed = (report?.findings ?? []).filter(({ verdict }) => verdict === "fail");
  return failed.length > 0 && failed.every(({ subject }) => subject === "cleanup");
}
