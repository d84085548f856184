/** Any format of a report, from what runs left on disk. @module */

import { UsageError } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { writeResultFile } from "../files.ts";
import type { Invocation, Io } from "../command/command.ts";
import { openRunDirectory } from "../run_log/run_directory.ts";
import { buildReport } from "./build_report.ts";
import type { Joined, JoinLogs, REPORT_FLAGS } from "./mod.ts";
import { renderReport } from "./render.ts";
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
    ? await ofRun(path, { format: values.output, io })
    : await joinLogs([values.join, path], values.output);
  const file = values["output-file"];
  if (file === undefined) io.stdout(rendered);
  else writeResultFile(file, rendered, values);
  return exitCode;
}

type Format = Invocation<typeof REPORT_FLAGS>["values"]["output"];

async function ofRun(
  path: string | undefined,
  { format, io }: { format: Format; io: Io },
): Promise<Joined> {
  if (path === undefined) throw new UsageError("report: missing RUNDIR");
  const report = await buildReport(openRunDirectory(path));
  return {
    exitCode: report.exitCode as ExitCode,
    rendered: renderReport(report, format, io),
  };
}
