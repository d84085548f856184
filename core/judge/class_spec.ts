/**
 * Classes of a stage as they are declared: by thresholds, best class first. Never judges.
 *
 * ```ebnf
 * class = name , ":" , [ threshold , { "," , threshold } ] ;    (* see threshold.ts *)
 * name  = ( letter | "_" ) , { letter | digit | "_" | "-" } ;
 * ```
 *
 * A comma within braces or quotes belongs to its threshold.
 * @module
 */

import { TextScanner } from "./text_scanner.ts";
import { formatThreshold, parseThreshold, type Threshold, thresholdParser } from "./threshold.ts";

export interface ClassSpec {
  readonly name: string;
  /** Thresholds; none: whatever is in no better class is in this. */
  readonly holds: readonly string[];
}

/** What is in none of the declared classes, if the last of them does not take everything. */
const WORST_CLASS = "breaking";

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

const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
/** Up to the next comma that is in no quotes or braces. */
const ITEM = /(?:"(?:[^"\\]|\\.)*"|\{(?:"(?:[^"\\]|\\.)*"|[^"{}])*\}|[^,])+/y;

/**
 * The class that a line of text stands for, e.g. `healthy: chat.response.p95 < 1s, chat.failed.ratio < 1%`.
 * @throws {SyntaxError} if the text does not follow the grammar at the head of this file
 */
export function parseClass(text: string): ClassSpec {
  return readClass(text, parseThreshold);
}

/** As {@link parseClass}, for a load whose failures are known; see `thresholdParser`. */
export function classParser(reasons: readonly string[]): (text: string) => ClassSpec {
  return (text) => readClass(text, thresholdParser(reasons));
}

/** The canonical text; `parseClass` reads it back as the same class. */
export function formatClass({ name, holds }: ClassSpec): string {
  return [`${name}:`, holds.join(", ")].filter((part) => part !== "").join(" ");
}

function readClass(text: string, parse: (text: string) => Threshold): ClassSpec {
  const scanner = new TextScanner(text, "class");
  scanner.skipSpace();
  const name = scanner.expect(NAME, "the name of a class such as healthy");
  scanner.expect(/\s*:\s*/y, `":" after ${name}, then what holds in it`);
  const holds: string[] = [];
  while (!scanner.atEnd) {
    const item = scanner.expect(ITEM, "a threshold such as request.p99 < 1s");
    const threshold = item.trim() === ""
      ? scanner.fail("a threshold such as request.p99 < 1s", scanner.atEnd ? "" : ",")
      : parse(item.trim());
    const { stage } = threshold.figure;
    if (stage !== null) scanner.fail(`thresholds of any stage, without "in"`, `in ${stage}`);
    holds.push(formatThreshold(threshold));
    if (scanner.take(/,\s*/y) !== undefined && scanner.atEnd) {
      scanner.fail('a threshold after ","', "");
    }
  }
  return { name, holds };
}
