/**
 * How is a class of stages written? Text to a class and back; never looks at a stage, and holds no
 * schema, as every command line reads it.
 *
 * ```ebnf
 * class = name , ":" , [ threshold , { "," , threshold } ] ;    (* see threshold.ts *)
 * name  = ( letter | "_" ) , { letter | digit | "_" | "-" } ;
 * ```
 *
 * A comma within braces or quotes belongs to its threshold.
 * @module
 */

import type { ClassSpec } from "./class.ts";
import { TextScanner } from "./text_scanner.ts";
import { formatThreshold, parseThreshold, type Threshold, thresholdParser } from "./threshold.ts";

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
