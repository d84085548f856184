/** Joined files in the format that was asked for. Pure. @module */

import type { JoinReport } from "./join.ts";
import { joinCsv } from "./csv.ts";
import { joinText } from "./text.ts";

/** The formats that there are of it. */
export const JOIN_FORMATS = ["text", "json", "csv"] as const;
export type JoinFormat = typeof JOIN_FORMATS[number];

/** The report as text of the format, ending with a line end. */
export function renderJoin(report: JoinReport, format: JoinFormat): string {
  switch (format) {
    case "text":
      return joinText(report);
    case "json":
      return JSON.stringify(report, null, 2) + "\n";
    case "csv":
      return joinCsv(report);
  }
}
