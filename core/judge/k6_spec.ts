/** Which summaries in the shapes of k6 a command wants of the stages of its run. @module */

import * as z from "zod";
import { K6_SHAPES } from "./k6_shapes.ts";

export const K6Spec = z.object({
  shape: z.enum(K6_SHAPES),
  file: z.string().describe("below the run directory; {level} is that of the stage"),
  counters: z.record(z.string(), z.array(z.string())).describe(
    "counters by their names, and the classes of failure that they count",
  ),
});
export type K6Spec = z.infer<typeof K6Spec>;

/** The file of a stage of this level. */
export function k6File({ file }: Pick<K6Spec, "file">, level: number): string {
  return file.replaceAll("{level}", String(level));
}
