/**
 * How long commands that do little take from their start to their end, and how many times as long as
 * a program of one line; SCALETOOL_BIN names the executable, else the sources run. In turn, because
 * only ratios survive a noisy machine.
 * @module
 */

import { commandLine, TempDir } from "../tests/support/scaletool.ts";
import { median } from "./kube_cluster.ts";
import { oneLineProgram, type ProgramLine } from "./one_line_program.ts";

const ROUNDS = 15;

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  version: ["version"],
  help: ["--help"],
  completion: ["complete", "--", "cmdriver", "--"],
  dryRun: ["cmdriver", "--dry-run", "--sandbox"],
};

export async function startUp(): Promise<Record<string, unknown>> {
  await using dir = new TempDir();
  const programs: Record<string, ProgramLine> = { oneLine: oneLineProgram(dir) };
  for (const [name, args] of Object.entries(COMMANDS)) programs[name] = commandLine(args);
  const names = Object.keys(programs);
  // Once unmeasured: an executable keeps its compiled code for the next time.
  for (const name of names) timeOf(programs[name]!, dir);
  const timesMs = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) timesMs.get(name)!.push(timeOf(programs[name]!, dir));
  }
  const binary = Deno.env.get("SCALETOOL_BIN");
  const baselineMs = median(timesMs.get("oneLine")!);
  return {
    program: binary === undefined ? "sources" : "executable",
    sizeBytes: binary === undefined ? null : Deno.statSync(binary).size,
    rounds: ROUNDS,
    ...Object.fromEntries(
      names.map((name) => [name, figuresOf(timesMs.get(name)!, baselineMs)]),
    ),
  };
}

function timeOf({ command, args }: ProgramLine, { path: cwd }: TempDir): number {
  const startMs = performance.now();
  const { success } = new Deno.Command(command, { args: [...args], cwd, stdout: "null" })
    .outputSync();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
  return performance.now() - startMs;
}

function figuresOf(timesMs: readonly number[], baselineMs: number) {
  const medianMs = median(timesMs);
  return {
    minMs: Math.min(...timesMs),
    medianMs,
    maxMs: Math.max(...timesMs),
    toOneLine: medianMs / baselineMs,
  };
}
