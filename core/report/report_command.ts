/** `scaletool report RUNDIR`: any format again, from what the run left on disk. @module */

import { CannotRunError, UsageError } from "../errors.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { defineCommand } from "../run/command.ts";
import { choice, flag, text, toggle } from "../run/flags.ts";
import { openRunDirectory } from "../run/run_directory.ts";
import { OUTPUT_FORMATS } from "../run/run_flags.ts";
import { buildReport } from "./build_report.ts";
import { reportJsonSchema } from "./json.ts";
import { renderReport } from "./render.ts";

export const reportCommand = defineCommand({
  name: "report",
  summary: "show a finished, running or killed run again, in any format",
  description:
    "Rebuilds a report from the manifest and the log in a run directory. It exits as the " +
    "run itself did: 0 pass, 3 failed, 4 inconclusive (also for a run that was killed).",
  flags: {
    output: flag(choice([...OUTPUT_FORMATS, "html"]), {
      help: "format",
      short: "o",
      default: "text",
    }),
    "output-file": flag(text("file"), { help: "write there instead of to stdout" }),
    schema: flag(toggle, { help: "print the JSON Schema of result.json and stop", default: false }),
  },
  positionals: { usage: "RUNDIR", min: 0, max: 1 },
  examples: [
    { line: "report scaletool-runs/20261121-103151-4821", does: "the text report again" },
    { line: "report -o html --output-file r.html RUNDIR", does: "one offline HTML file" },
    { line: "report --schema", does: "what result.json looks like" },
  ],
  run({ values, positionals: [path], io }) {
    if (values.schema) {
      io.stdout(JSON.stringify(reportJsonSchema(), null, 2) + "\n");
      return Promise.resolve(EXIT_CODE.pass);
    }
    if (path === undefined) throw new UsageError("report: missing RUNDIR");
    const report = buildReport(openRunDirectory(path));
    const rendered = renderReport(report, values.output, io);
    const file = values["output-file"];
    if (file === undefined) io.stdout(rendered);
    else writeFile(file, rendered);
    return Promise.resolve(report.exitCode as 0);
  },
});

function writeFile(path: string, content: string): void {
  try {
    Deno.writeTextFileSync(path, content);
  } catch (error) {
    throw new CannotRunError(`Cannot write "${path}"`, { cause: error });
  }
}
