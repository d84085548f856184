/**
 * The end of a run once everything is undone: the report from what is on disk, the files beside it,
 * the result on stdout, and the exit code of it all. Judges nothing itself.
 * @module
 */

import { messageOf } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { renderReport } from "../report/render.ts";
import type { Report } from "../report/report.ts";
import type { RunReporter, WrittenReport } from "../report/run_reporter.ts";
import { NAME } from "../version.ts";
import type { Io } from "../command/command.ts";
import type { JsonStream } from "./json_stream.ts";
import { lostOutput } from "./lost_output.ts";
import { PATIENCE_AFTER_SIGNAL_MS, PATIENCE_MS } from "../command/output.ts";
import type { RunDirectory } from "../run_log/run_directory.ts";
import type { RunInvocation } from "../command/run_flags.ts";
import type { StopSignals } from "./stop_signals.ts";

/** What the end needs of the run's life. */
export interface Finishing {
  readonly reporter: RunReporter;
  readonly invocation: RunInvocation;
  readonly stream: JsonStream | undefined;
  readonly signals: Pick<StopSignals, "received">;
  /** What broke the instrument; undefined: nothing did. */
  readonly error: unknown;
}

/** Builds the report from what is on disk, writes the files beside it and prints the result. */
export async function finish(
  directory: RunDirectory,
  { reporter, invocation: { values, io }, stream, signals: { received }, error }: Finishing,
): Promise<ExitCode> {
  if (directory.logError !== undefined) warnOfLogError(reporter, directory.logError);
  const known = lostOutput(io, stream);
  for (const warning of known) reporter.log({ type: "warning", warning });
  const { report, isComplete } = await save(reporter, io);
  if (stream !== undefined) stream.end(report);
  else io.stdout(renderReport(report, values.output, io));
  if (error !== undefined) io.stderr(`${NAME}: ${messageOf(error)}\n`);
  io.stderr(
    isComplete
      ? `report: ${directory.path}/report.html\n`
      : `${NAME}: Cannot write all of "${directory.path}": ${directory.writeError}\n`,
  );
  // Whoever has asked for the end already is not kept waiting by a reader that does not read.
  await io.settled(
    received.aborted
      ? { patienceMs: PATIENCE_AFTER_SIGNAL_MS }
      : { patienceMs: PATIENCE_MS, signal: received },
  );
  const lost = lostOutput(io, stream).filter(({ code }) => !known.some((one) => one.code === code));
  if (lost.length === 0) return report.exitCode as ExitCode;
  for (const warning of lost) reporter.log({ type: "warning", warning });
  return (await save(reporter, io)).report.exitCode as ExitCode;
}

/** Writes the files. What is not whole on the disk or was not delivered is no pass. */
async function save(
  reporter: RunReporter,
  { delivery: { stdout, stderr } }: Pick<Io, "delivery">,
): Promise<WrittenReport> {
  const isDelivered = stdout.failure === undefined && stderr.failure === undefined;
  const { report, isComplete } = await reporter.write((built) => orNoPass(built, isDelivered));
  return { report: orNoPass(report, isComplete), isComplete };
}

function orNoPass(report: Report, isWhole: boolean): Report {
  const isAsGood = isWhole || report.exitCode !== EXIT_CODE.pass;
  return isAsGood ? report : { ...report, exitCode: EXIT_CODE.couldNotRun };
}

function warnOfLogError(reporter: RunReporter, logError: string): void {
  reporter.log({
    type: "warning",
    warning: {
      code: "run-log-incomplete",
      message: `The run log on disk is not complete (${logError}): this report is, ` +
        "but a later `scaletool report` will lack the end of the run",
    },
  });
}
