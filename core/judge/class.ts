/**
 * How good was a stage, in the words of whoever asked: `healthy`, `degraded`, `breaking`? Each class
 * is declared by thresholds that hold in it, best class first. Judges nothing itself, and never calls
 * a target broken for a weakness of the generator.
 * @module
 */

import * as z from "zod";
import type { Finding } from "./finding.ts";
import { answerTo, type Judged } from "./judged.ts";
import { formatThreshold, parseThreshold } from "./threshold.ts";
import { unfitText, type Validity } from "./validity.ts";

export const ClassSpec = z.object({
  name: z.string(),
  holds: z.array(z.string()).describe(
    "thresholds; none: whatever is in no better class is in this",
  ),
});
export type ClassSpec = z.infer<typeof ClassSpec>;

/** The class of a stage. */
export const StageClass = z.object({
  name: z.string().nullable().describe("null: it cannot be told"),
  reason: z.string().describe(
    "what kept it out of the class above, or why it cannot be told; empty in the best class",
  ),
});
export type StageClass = z.infer<typeof StageClass>;

/** What is in none of the declared classes, if the last of them does not take everything. */
const WORST_CLASS = "breaking";

/** What there is to tell the class of a stage by. */
export interface ClassEvidence {
  /** Answers to all thresholds of the classes, see `classThresholds`. */
  readonly judged: readonly Judged[];
  readonly validity: Validity;
  /** Other checks of the stage: all must pass, but in a class that takes everything. @default {[]} */
  readonly checks?: readonly Finding[];
}

/**
 * The best class all of whose thresholds hold.
 * @param classes best first, as `classLadder` has them
 */
export function classOf(
  classes: readonly ClassSpec[],
  { judged, validity, checks = [] }: ClassEvidence,
): StageClass {
  if (validity.level === "invalid") return { name: null, reason: unfitText(validity) };
  const checked = checks.map((finding) => ({ text: finding.subject, finding }));
  let reason = "";
  for (const [rank, { name, holds }] of classes.entries()) {
    const takesAll = holds.length === 0 && rank === classes.length - 1;
    const answers = [
      ...holds.map((text) => ({ text, finding: answerTo(text, judged)?.finding })),
      ...takesAll ? [] : checked,
    ];
    const broken = answers.find(({ finding }) => finding?.verdict === "fail");
    if (broken !== undefined) {
      reason = `not ${name}: ${broken.text} does not hold, observed ${broken.finding?.observed}`;
      continue;
    }
    const open = answers.find(({ finding }) => finding?.verdict !== "pass");
    if (open === undefined) return { name, reason };
    const why = open.finding?.reason ?? "it was not asked";
    return { name: null, reason: `${name} or not cannot be told from ${open.text}: ${why}` };
  }
  return { name: null, reason };
}

/**
 * The classes with one at the end that takes what is in no other: `breaking`, if theirs does not.
 * @throws {SyntaxError} if two have the same name, or one stands behind a class that takes all
 */
export function classLadder(classes: readonly ClassSpec[]): ClassSpec[] {
  const names = new Set<string>();
  let takesAll: string | undefined;
  for (const { name, holds } of classes) {
    if (names.has(name)) throw new SyntaxError(`Cannot use two classes "${name}"`);
    if (takesAll !== undefined) {
      throw new SyntaxError(
        `Cannot use the class "${name}" after "${takesAll}", which holds nothing: ` +
          "there is nothing that it could take",
      );
    }
    names.add(name);
    if (holds.length === 0) takesAll = name;
  }
  if (takesAll !== undefined) return [...classes];
  if (names.has(WORST_CLASS)) {
    throw new SyntaxError(`Cannot use the class "${WORST_CLASS}" last: let it hold nothing`);
  }
  return [...classes, { name: WORST_CLASS, holds: [] }];
}

/** All thresholds of the classes, each once: what a stage must be judged by to have a class. */
export function classThresholds(classes: readonly ClassSpec[]): string[] {
  const texts = classes.flatMap(({ holds }) => holds);
  return [...new Set(texts.map((text) => formatThreshold(parseThreshold(text))))];
}
