/**
 * What can be changed of a run while it goes, whoever asks for it: `scaletool ctl`, a key, the live
 * page, or the coordinator of several generators. Words only; nothing is changed here.
 * @module
 */

import * as z from "zod";
import { formatSignificant } from "../units.ts";

export const Change = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("rate"), ratePerSec: z.number().positive() })
    .describe("arrivals per second of an open load from now on, in all"),
  z.object({ kind: z.literal("scale"), workers: z.number().int().min(1) })
    .describe("workers, watchers or users from now on, in all"),
  z.object({ kind: z.literal("pause") })
    .describe("nothing new begins, and the time until it is resumed is not judged"),
  z.object({ kind: z.literal("resume") }),
  z.object({ kind: z.literal("stop") }).describe("the load is over; what was measured is judged"),
  z.object({ kind: z.literal("mark"), text: z.string().min(1).max(200) })
    .describe("a note on the time axis"),
]);
export type Change = z.infer<typeof Change>;

/** In words: `rate 50/s -> 200/s`. @param was the amount before; absent: not known */
export function changeText(change: Change, was?: number): string {
  switch (change.kind) {
    case "rate": {
      const before = was === undefined ? "" : `${formatSignificant(was)}/s -> `;
      return `rate ${before}${formatSignificant(change.ratePerSec)}/s`;
    }
    case "scale":
      return `workers ${was === undefined ? "" : `${was} -> `}${change.workers}`;
    case "pause":
      return "paused";
    case "resume":
      return "resumed";
    case "stop":
      return "stopped";
    case "mark":
      return `mark ${change.text}`;
  }
}
