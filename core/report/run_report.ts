/** Any format of a report, from what runs left on disk. @module */

import { UsageError } from "../errors.ts";
import { EXIT_CODE, type ExitCode } from "../exit_code.ts";
import { writeResultFile } from "../result_file.ts";
import type { Invocation, Io } from "../run/command.ts";
import { openRunDirectory } from "../run/run_directory.ts";
import { buildReport } from "./build_report.ts";
import { joinLogs } from "./join/join.ts";
import { readJoinFiles } from "./join/files.ts";
import { JOIN_FORMATS, renderJoin } from "./join/render.ts";
import { reportJsonSchema } from "./json.ts";
import { renderReport } from "./render.ts";
import type { REPORT_FLAGS } from "./report_command.ts";

/** Returns the exit code that the run itself had, or of joining. */
export async function runReport(
  { values, positionals: [path], io }: Invocation<typeof REPORT_FLAGS>,
): Promise<ExitCode> {
  if (values.schema) {
    io.stdout(JSON.stringify(reportJsonSchema(), null, 2) + "\n");
    return EXIT_CODE.pass;
  }
  const { exitCode, rendered } = values.join === undefined
    ? await ofRun(path, { format: values.output, io })
    : ofJoin([values.join, path], values.output);
  const file = values["output-file"];
  if (file === undefined) io.stdout(rendered);
  else writeResultFile(file, rendered, values);
  return exitCode;
}

type Format = Invocation<typeof REPORT_FLAGS>["values"]["output"];

interface Rendered {
  readonly exitCode: ExitCode;
  readonly rendered: string;
}

async function ofRun(
  path: string | undefined,
  { format, io }: { format: Format; io: Io },
): Promise<Rendered> {
  if (path === undefined) throw new UsageError("report: missing RUNDIR");
  const report = await buildReport(openRunDirectory(path));
  return {
    exitCode: report.exitCode as ExitCode,
    rendered: renderReport(report, format, io),
  };
}

function ofJoin([one, other]: readonly [string, string | undefined], asked: Format): Rendered {
  if (other === undefined) {
    throw new UsageError("report: missing LOGGER.csv; usage: report --join DRIVER.csv LOGGER.csv");
  }
  const format = JOIN_FORMATS.find((word) => word === asked);
  if (format === undefined) {
    throw new UsageError(
      `report --join: --output must be one of ${JOIN_FORMATS.join(", ")}, not "${asked}"`,
    );
  }
  const { driver, logger } = readJoinFiles(one, other);
  const report = joinLogs(driver, logger);
  return { exitCode: report.exitCode, rendered: renderJoin(report, format) };
}
