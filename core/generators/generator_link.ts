/**
 * How does a process know that it is a generator? By one variable of its environment, which says which
 * of how many it is and how its coordinator is reached. For programs alone: no help tells of it.
 * @module
 */

import * as z from "zod";
import { CannotRunError } from "../errors.ts";
import { namedValues } from "../named_values_schema.ts";
import { parsedJson } from "../parsed_json.ts";
import type { Coordinator } from "./coordinator.ts";

export { GENERATOR_VARIABLE } from "./generator_variable.ts";

/** What the variable holds, as JSON. */
export const GeneratorLink = z.object({
  index: z.number().int().nonnegative().describe("which one, from 0"),
  of: z.number().int().positive().describe("of how many"),
  via: z.string().describe("how its coordinator is reached, e.g. stdio"),
  at: namedValues(z.string()).optional().describe("where, if that takes more words"),
}).refine(({ index, of }) => index < of, "index must be below of");
export type GeneratorLink = z.infer<typeof GeneratorLink>;

/** The ways to a coordinator that this program knows, by their names; loaded when used. */
export type CoordinatorWays<Outside> = Readonly<
  Record<string, () => Promise<(link: GeneratorLink, outside: Outside) => Coordinator>>
>;

/**
 * The coordinator that the variable's text leads to.
 * @throws {CannotRunError} if it leads nowhere
 */
export async function coordinatorAt<Outside>(
  text: string,
  { ways, outside }: { readonly ways: CoordinatorWays<Outside>; readonly outside: Outside },
): Promise<Coordinator> {
  const { data: link } = GeneratorLink.safeParse(parsedJson(text));
  const way = link === undefined || !Object.hasOwn(ways, link.via) ? undefined : ways[link.via];
  if (link === undefined || way === undefined) {
    throw new CannotRunError("SCALETOOL_GENERATOR names no coordinator: programs alone set it");
  }
  return (await way())(link, outside);
}
