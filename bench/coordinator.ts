/**
 * What does it cost to lead 50 generators that tell of their load once a second? In a process of its
 * own (coordinator_program.ts), whose generators are streams of lines that are made as they are read.
 * @module
 */

import { fileURLToPath } from "node:url";
import { V8_FLAGS } from "../tests/support/scaletool.ts";
import { note } from "./note.ts";

const PROGRAM = fileURLToPath(new URL("coordinator_program.ts", import.meta.url));
const GENERATORS = [1, 10, 50];

export async function coordinator(): Promise<Record<string, unknown>> {
  const shapes = [];
  for (const generators of GENERATORS) {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", V8_FLAGS, PROGRAM, String(generators)],
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (text === "") throw new Error(new TextDecoder().decode(stderr));
    shapes.push(JSON.parse(text));
    note(text.trim());
  }
  return { shapes };
}
