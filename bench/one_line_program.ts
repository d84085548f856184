/**
 * The least that a program of this runtime can take: one that only prints a line, made as scaletool
 * is. Where scaletool is an executable it is compiled by the Deno that runs the benchmark, which has
 * to be the one that compiled scaletool.
 * @module
 */

import { commandLine, type TempDir, V8_FLAGS } from "../tests/support/scaletool.ts";

/** A program and its arguments. */
export interface ProgramLine {
  readonly command: string;
  readonly args: readonly string[];
}

/** @throws {Error} if it cannot be compiled, or scaletool has another runtime */
export function oneLineProgram(dir: TempDir, line = 'console.log("one line")'): ProgramLine {
  const source = dir.file("one_line.js");
  Deno.writeTextFileSync(source, `${line};\n`);
  const { command, args } = commandLine([]);
  // From the sources: the same flags, another file.
  if (args.length > 0) return { command, args: [...args.slice(0, -1), source] };
  checkRuntime(command);
  const output = dir.file("one-line");
  const flags = ["-A", "--no-check", "--unstable-net", V8_FLAGS];
  run(Deno.execPath(), ["compile", "--quiet", ...flags, "--output", output, source]);
  return { command: output, args: [] };
}

function checkRuntime(executable: string): void {
  const { deno } = JSON.parse(run(executable, ["version", "-o", "json"]));
  if (deno === Deno.version.deno) return;
  throw new Error(`${executable} has Deno ${deno} in it: run this with npx -y deno@${deno}`);
}

function run(command: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args] }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}
