/** Is a line of a log one that a generator tells its coordinator? @module */

import { GeneratorLine } from "../../core/generators/line.ts";
import { parsedJson } from "../../core/parsed_json.ts";

/** Undefined: it is for people. */
export function generatorLine(text: string): GeneratorLine | undefined {
  if (!text.startsWith("{")) return undefined;
  return GeneratorLine.safeParse(parsedJson(text)).data;
}
