/**
 * The end of every run: undo what it made, within a time of its own, and tell what is left; then the
 * report from what is on disk, the files beside it, the result on stdout, and the exit code of it all.
 * A run that leaves something behind has failed, whatever it measured.
 * @module
 */

import { LeftoverError, messageOf } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { Deadline } from "../load/deadline.ts";
import { renderReport } from "../report/render.ts";
import type { Report } from "../report/report.ts";
import type { RunReporter, WrittenReport } from "../report/run_reporter.ts";
import type { Warning } from "../run_log/record.ts";
import type { Say } from "../say.ts";
import { formatDuration } from "../units.ts";
import { NAME } from "../version.ts";
import type { Io } from "../command/command.ts";
import type { JsonStream } from "./json_stream.ts";
import { PATIENCE_AFTER_SIGNAL_MS, PATIENCE_MS } from "../command/output.ts";
import type { RunDirectory } from "../run_log/run_directory.ts";
import type { RunInvocation } from "../command/run_flags.ts";
import type { Run } from "./run.ts";
import type { StopSignals } from "./stop_signals.ts";
import type { NotUndone } from "./undo_stack.ts";

interface CleanUpOptions {
  /** How long undoing may take in all. */
  readonly timeoutMs: number;
  /** Cuts off the cleaning when it is aborted; its reason is what the leftovers' errors say. */
  readonly cutting: AbortController;
  /** For what is only to show that it goes on. */
  readonly sayProgress: Say;
}

/** Undoes everything; what could not be undone is said, warned of and a failed finding. Never rejects. */
export async function cleanUp(run: Run, options: CleanUpOptions): Promise<void> {
  const { timeoutMs, cutting, sayProgress } = options;
  using _deadline = new Deadline(run.clock, {
    limitMs: timeoutMs,
    onOver() {
      cutting.abort(new Error(`not done within ${formatDuration(timeoutMs)} (--cleanup-timeout)`));
    },
  });
  const leftovers = await run.undoAll({
    signal: cutting.signal,
    onLong: (text) => sayProgress(`cleaning up: ${text}`),
  });
  for (const leftover of leftovers) {
    const text = textOf(leftover);
    run.warn("not-cleaned", text, { line: `not cleaned: ${text}` });
  }
  if (leftovers.length > 0) addFinding(run, leftovers);
}

function textOf({ label, error, byHand }: NotUndone): string {
  // A command that comes with the error fits what is left better than one that was made beforehand.
  const [why, command] = error instanceof LeftoverError
    ? [`${error.what}: ${error.why}`, error.byHand]
    : [messageOf(error), byHand];
  return `${label}: ${why}${command === undefined ? "" : `; finish with: ${command}`}`;
}

function addFinding(run: Run, leftovers: readonly NotUndone[]): void {
  run.addFinding({
    subject: "cleanup",
    verdict: "fail",
    observed: `${leftovers.length} not cleaned`,
    limit: "0 not cleaned",
    reason: `left undone: ${leftovers.map(({ label }) => label).join(", ")}`,
  });
}

/** What the end needs of the run's life. */
interface Finishing {
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

/**
 * What of a run's words reached nobody, at most one for each kind of loss: who reads the report later
 * must not take the other output for complete.
 */
function lostOutput(
  { delivery: { stdout, stderr } }: Pick<Io, "delivery">,
  stream: Pick<JsonStream, "droppedCount"> | undefined,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  if (stdout.failure !== undefined) {
    warn("stdout-lost", `stdout is not complete (${stdout.failure}): this report is`);
  }
  if (stderr !== stdout && stderr.failure !== undefined) {
    warn("stderr-lost", `stderr is not complete (${stderr.failure}): this report is`);
  }
  const droppedCount = stream?.droppedCount ?? 0;
  if (droppedCount > 0) {
    const message =
      `${droppedCount} intervals of --json-stream were dropped, because nobody read ` +
      "them in time: this report has them";
    warn("json-stream-dropped", message);
  }
  if (stream !== undefined && stdout.isClosed) {
    const message =
      "The reader of --json-stream ended before the run did: this report has the rest";
    warn("json-stream-closed", message);
  }
  return warnings;
}
