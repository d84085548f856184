/** The program as it is used on an operator whose time is simulated. */

import type { Report } from "../../../../core/report/report.ts";
import { run } from "../../../../program.ts";
import { recordingIo } from "../../../support/recording_io.ts";
import { TempDir } from "../../../support/scaletool.ts";

/** `backup run` with these flags; files of the run directory by their names. */
export async function simulated(args: readonly string[]) {
  await using dir = new TempDir();
  const { io, output } = recordingIo();
  const out = dir.file("run");
  const code = await run(
    [
      ...["backup", "run", "--sandbox", "--simulate", "--seed", "7", "--out", out, "-o", "json"],
      ...args,
    ],
    io,
  );
  const { stdout, stderr } = output;
  const report: Report | undefined = stdout === "" ? undefined : JSON.parse(stdout);
  const files = new Map<string, string>();
  if (report !== undefined) {
    for (const { name } of Deno.readDirSync(`${out}/logs`)) {
      files.set(name, Deno.readTextFileSync(`${out}/logs/${name}`));
    }
  }
  return { code, stderr, report, files };
}

export function verdictsOf({ findings }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(findings.map(({ subject, verdict }) => [subject, verdict]));
}

/** Those that are accused in any stage. */
export function accusedIn({ stages }: Report): string[] {
  const components = stages.flatMap(({ causes }) => (causes ?? []).map((one) => one.component));
  return [...new Set(components)];
}
