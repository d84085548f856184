/** Any format of a report, from what runs left on disk. @module */

import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { writeResultFile } from "../files.ts";
import type { Invocation, Io } from "../command/command.ts";
import { openRunDirectory } from "../run_log/run_directory.ts";
import { reportOf } from "./build_report.ts";
import { k6Summaries } from "./k6_summary.ts";
import type { Joined, JoinLogs, REPORT_FLAGS } from "./mod.ts";
import { renderReport } from "./render.ts";
import { readFigures, type RunFigures } from "./run_figures.ts";
import { reportJsonSchema } from "./report.ts";

/** Returns the exit code that the run itself had, or of joining. */
export async function runReport(
  { values, positionals: [path], io }: Invocation<typeof REPORT_FLAGS>,
  joinLogs: JoinLogs,
): Promise<ExitCode> {
  if (values.schema) {
    io.stdout(JSON.stringify(reportJsonSchema(), null, 2) + "\n");
    return EXIT_CODE.pass;
  }
  const { exitCode, rendered } = values.join === undefined
    ? await ofRun(path, { format: values.output, io, values })
    : await joinLogs([values.join, path], values.output);
  const file = values["output-file"];
  if (file === undefined) io.stdout(rendered);
  else writeResultFile(file, rendered, values);
  return exitCode;
}

type Format = Invocation<typeof REPORT_FLAGS>["values"]["output"];

async function ofRun(
  path: string | undefined,
  { format, io, values }: {
    format: Format;
    io: Io;
    values: Invocation<typeof REPORT_FLAGS>["values"];
  },
): Promise<Joined> {
  if (path === undefined) throw new UsageError("report: missing RUNDIR");
  const run = openRunDirectory(path);
  const figures = await readFigures(run);
  const report = reportOf(run.manifest, figures);
  writeSummaries(figures, values);
  return {
    exitCode: report.exitCode as ExitCode,
    rendered: renderReport(report, format, io),
  };
}

/** @throws {UsageError} if the run has none */
function writeSummaries(
  figures: RunFigures,
  values: Invocation<typeof REPORT_FLAGS>["values"],
): void {
  const directory = values["k6-summaries"];
  if (directory === undefined) return;
  const summaries = k6Summaries(figures);
  if (summaries.length === 0) {
    throw new UsageError(
      `--k6-summaries: a run of ${figures.manifest.command} has no stage that k6 would sum up`,
    );
  }
  for (const { name, text } of summaries) {
    const file = join(directory, name);
    Deno.mkdirSync(dirname(file), { recursive: true });
    writeResultFile(file, text, values);
  }
}
