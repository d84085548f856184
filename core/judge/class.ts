/**
 * How good was a stage? Classes are declared by what holds in them, best first, and the findings of
 * the stage say which one it is of. Pure.
 *
 * ```ebnf
 * class = name , ":" , threshold , { "," , threshold } ;
 * name  = letter , { letter | digit | "_" | "-" } ;
 * ```
 * @module
 */

import { z } from "zod";
import type { Finding } from "./finding.ts";
import { TextScanner } from "./text_scanner.ts";
import { formatThreshold, parseThreshold } from "./threshold.ts";

export const ClassSpec = z.object({
  name: z.string(),
  holds: z.array(z.string()).describe("thresholds, all of which hold in it"),
});
export type ClassSpec = z.infer<typeof ClassSpec>;

export const FoundClass = z.object({
  name: z.string().nullable().describe(
    "null: nothing can be said, e.g. as the generator was unfit",
  ),
  rank: z.number().int().nullable().describe("0: the best class; null: of none"),
  isWorst: z.boolean().describe("whether it is of the class of what is of no other"),
  reason: z.string().describe("why it is of no better class, or of none; empty for the best"),
});
export type FoundClass = z.infer<typeof FoundClass>;

/** What every stage is of at least. */
const WORST: ClassSpec = { name: "breaking", holds: [] };
/** What a stage is of in which everything holds that is asked. */
const BEST_NAME = "healthy";

const NAME = /\s*[A-Za-z][\w-]*\s*/y;
/** A comma within braces is part of the threshold. */
const THRESHOLD = /(?:\{(?:"(?:[^"\\]|\\.)*"|[^}"])*\}|[^,{])+/y;

/**
 * The class that a line of text stands for, e.g. `healthy: chat.response.p95 < 1s, chat.failed.ratio < 1%`.
 * @throws {SyntaxError} if it is none, or one of its thresholds is none
 */
export function parseClass(text: string): ClassSpec {
  const scanner = new TextScanner(text, "class");
  const name = scanner.expect(NAME, "a name such as healthy").trim();
  scanner.expect(/:/y, `":" and what holds in ${name}`);
  const holds: string[] = [];
  do {
    const threshold = scanner.expect(THRESHOLD, "a threshold such as request.response.p95 < 1s");
    holds.push(formatThreshold(parseThreshold(threshold.trim())));
  } while (scanner.take(/,/y) !== undefined);
  if (!scanner.atEnd) scanner.fail(`"," or the end`, scanner.peek(/\S+/y) ?? "");
  return { name, holds };
}

/**
 * All the classes of a run, best first: those given, or the one in which the thresholds hold; and
 * the one of what is of none of these.
 * @throws {RangeError} if two have the same name
 */
export function classesOf(given: readonly ClassSpec[], thresholds: readonly string[]): ClassSpec[] {
  const best = { name: BEST_NAME, holds: [...thresholds] };
  const classes = [...given.length === 0 ? [best] : given, WORST];
  const names = classes.map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) < index);
  if (double === undefined) return classes;
  throw new RangeError(
    double === WORST.name
      ? `there is a class ${double} already: that of what is of no other`
      : `the class ${double} is there twice`,
  );
}

/**
 * The best class that the findings allow; the last one allows all.
 * @param findings a class needs those of its thresholds to pass, and those that are of no class's:
 * the command's own checks
 * @param classes not empty
 */
export function classOf(findings: readonly Finding[], classes: readonly ClassSpec[]): FoundClass {
  const asked = new Set(classes.flatMap(({ holds }) => holds));
  let reason = "";
  for (const [rank, { name, holds }] of classes.slice(0, -1).entries()) {
    const needed = findings.filter(({ subject }) => holds.includes(subject) || !asked.has(subject));
    const failed = needed.filter(({ verdict }) => verdict === "fail");
    if (failed.length > 0) {
      reason = reasonOf(failed);
      continue;
    }
    const unclear = needed.filter(({ verdict }) => verdict === "inconclusive");
    if (needed.length === 0) return ofNone("nothing is asked of it");
    return unclear.length > 0 ? ofNone(reasonOf(unclear)) : { name, rank, isWorst: false, reason };
  }
  const rank = classes.length - 1;
  return { name: classes[rank]?.name ?? null, rank, isWorst: true, reason };
}

function ofNone(reason: string): FoundClass {
  return { name: null, rank: null, isWorst: false, reason };
}

function reasonOf(findings: readonly Finding[]): string {
  return findings.map(({ subject, reason }) => `${subject}: ${reason}`).join("; ");
}
