/** Any format of a run's report again, from what the run left on disk. @module */

import { CannotRunError, UsageError } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import type { Invocation } from "../run/command.ts";
import { openRunDirectory } from "../run/run_directory.ts";
import { buildReport } from "./build_report.ts";
import { reportJsonSchema } from "./json.ts";
import { renderReport } from "./render.ts";
import type { REPORT_FLAGS } from "./report_command.ts";

/** Returns the exit code that the run itself had. */
export function runReport(
  { values, positionals: [path], io }: Invocation<typeof REPORT_FLAGS>,
): ExitCode {
  if (values.schema) {
    io.stdout(JSON.stringify(reportJsonSchema(), null, 2) + "\n");
    return EXIT_CODE.pass;
  }
  if (path === undefined) throw new UsageError("report: missing RUNDIR");
  const report = buildReport(openRunDirectory(path));
  const rendered = renderReport(report, values.output, io);
  const file = values["output-file"];
  if (file === undefined) io.stdout(rendered);
  else writeFile(file, rendered);
  return report.exitCode as ExitCode;
}

function writeFile(path: string, content: string): void {
  try {
    Deno.writeTextFileSync(path, content);
  } catch (error) {
    throw new CannotRunError(`Cannot write "${path}"`, { cause: error });
  }
}
