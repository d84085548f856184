/** httperf's client against a server of whatever make, and its report. @module */

import type { Report } from "../../core/report/report.ts";
import { type Finished, scaletool, TempDir } from "./scaletool.ts";

export interface ClientRun {
  readonly finished: Finished;
  readonly report: Report;
  /** The row of the operation `request`. */
  readonly request: Report["summary"]["operations"][number];
  readonly receivedBytes: number;
}

/** Runs it until its flags end it. */
export async function runBlockClient(
  server: { readonly url: string; readonly caFile: string },
  flags: readonly string[],
): Promise<ClientRun> {
  await using dir = new TempDir();
  const finished = await scaletool([
    ...["httperf", "--base-url", server.url, "--ca", server.caFile, "--out", dir.file("client")],
    ...flags,
  ]);
  const report: Report = JSON.parse(Deno.readTextFileSync(dir.file("client/result.json")));
  const request = report.summary.operations.find(({ op }) => op === "request");
  if (request === undefined) throw new Error(`no requests: ${finished.stdout}${finished.stderr}`);
  return { finished, report, request, receivedBytes: totalOf(report, "receivedBytes") };
}

/** Of all its tags. */
export function totalOf(report: Report, counter: string): number {
  return report.summary.counters.filter(({ name }) => name === counter)
    .reduce((sum, { total }) => sum + total, 0);
}
