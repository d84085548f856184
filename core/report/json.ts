/**
 * The report for programs: result.json and its published schema. What is written always matches
 * the schema, so that a reader never meets NaN, Infinity or an undocumented key.
 * @module
 */

import * as z from "zod";
import { Report, SCHEMA_VERSION } from "./report.ts";

/**
 * Two-space indented JSON, keys in the order of the schema, ending with a line feed.
 * @throws {TypeError} if the report does not match its schema, e.g. a number is not finite
 */
export function renderJson(report: Report): string {
  const checked = Report.safeParse(report);
  if (!checked.success) {
    throw new TypeError(`Cannot write the report as JSON: ${z.prettifyError(checked.error)}`);
  }
  return JSON.stringify(checked.data, null, 2) + "\n";
}

/** The JSON Schema (draft 2020-12) of {@link renderJson}'s text. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(Report, { unrepresentable: "any" });
  return {
    $schema,
    $id: `urn:scaletool:report:${SCHEMA_VERSION}`,
    title: "scaletool report",
    ...schema,
  };
}
