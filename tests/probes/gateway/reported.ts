/** What tests look for in the report of a gateway probe. */

import assert from "node:assert/strict";
import { GENERATOR } from "../../../core/judge/cause.ts";
import { run } from "../../../program.ts";
import { ThreadedIo } from "../../sandbox/sandbox_worker.ts";
import { eventually } from "../../support/eventually.ts";
import { TempDir } from "../../support/scaletool.ts";

// deno-lint-ignore no-explicit-any
type Report = any;

/** Of all series of an operation with these tags, together: how many went well. */
export function okOf(
  report: Report,
  op: string,
  tags: Readonly<Record<string, string>> = {},
): number {
  const has = (given: Readonly<Record<string, string>> = {}) =>
    Object.entries(tags).every(([key, value]) => given[key] === value);
  return report.summary.operations
    .filter((series: Report) => series.op === op && has(series.tags))
    .reduce((sum: number, { ok }: Report) => sum + ok, 0);
}

/** Who is accused in the stages that were judged, each once. */
export function componentsOf(report: Report): string[] {
  const components = report.stages.flatMap(({ causes }: Report) =>
    (causes ?? []).map(({ component }: Report) => component)
  );
  return [...new Set<string>(components)].filter((component) => component !== GENERATOR);
}

/** Names of all that was measured. */
export function measuredIn({ summary }: Report): string[] {
  const { operations, distributions, counters, gauges } = summary;
  return [
    ...operations.map(({ op }: Report) => op),
    ...[...distributions, ...counters, ...gauges].map(({ name }: Report) => name),
  ];
}

/** Checks that did not hold. How fast this machine is decides none of them for certain. */
export function failuresIn({ findings }: Report): string[] {
  return findings.filter(({ verdict }: Report) => verdict === "fail")
    .map(({ subject }: Report) => subject);
}

/** A run to which Ctrl-C comes once it has measured this operation, or its log has this text. */
export async function interrupted(
  args: readonly string[],
  op: string,
  text: string = `"op":"${op}"`,
) {
  await using dir = new TempDir();
  const threaded = new ThreadedIo();
  const out = dir.file("run");
  const running = run(["gateway", ...args, "--out", out, "-o", "json"], threaded.io);
  const early = running.then((code) => assert.fail(`ended with ${code}: ${threaded.stderr}`));
  early.catch(() => {}); // it ends later, as it should
  await Promise.race([eventually(`${op} is in the log`, () => logOf(out).includes(text)), early]);
  threaded.signal("SIGINT");
  const code = await running;
  return { code, stderr: threaded.stderr, report: JSON.parse(threaded.stdout) };
}

/** As far as it is written. */
function logOf(out: string): string {
  try {
    return Deno.readTextFileSync(`${out}/run.jsonl`);
  } catch {
    return "";
  }
}
