/** How long `version` takes and how large the executable is; SCALETOOL_BIN names it, else the sources run. @module */

import { commandLine } from "../tests/support/scaletool.ts";

const ROUNDS = 10;

export function startUp(): Promise<Record<string, unknown>> {
  const { command, args } = commandLine(["version"]);
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    new Deno.Command(command, { args, stdout: "null" }).outputSync();
    return performance.now() - start;
  }).sort((one, other) => one - other);
  const binary = Deno.env.get("SCALETOOL_BIN");
  return Promise.resolve({
    program: binary === undefined ? "sources" : "executable",
    sizeBytes: binary === undefined ? null : Deno.statSync(binary).size,
    minMs: times[0],
    medianMs: times[Math.floor(ROUNDS / 2)],
    maxMs: times.at(-1),
  });
}
