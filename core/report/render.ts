/** A report in the format that was asked for. Pure. @module */

import { writeYaml } from "../yaml.ts";
import type { OutputFormat } from "../command/run_flags.ts";
import { renderCsv } from "./csv.ts";
import { renderHtml } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderJson, type Report } from "./report.ts";
import { renderText } from "./text.ts";

/** What a terminal is like: whether colours help, and its width in characters. */
interface Terminal {
  readonly color: boolean;
  readonly columns: number;
}

/** The report as text of the format, ending with a newline. */
export function renderReport(
  report: Report,
  format: OutputFormat | "html",
  terminal: Terminal,
): string {
  switch (format) {
    case "text":
      return renderText(report, { color: terminal.color, width: terminal.columns });
    case "json":
      return renderJson(report);
    case "yaml":
      return writeYaml(JSON.parse(renderJson(report)));
    case "csv":
      return renderCsv(report);
    case "junit":
      return renderJunit(report);
    case "html":
      return renderHtml(report);
  }
}
