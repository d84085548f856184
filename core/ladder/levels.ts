/**
 * Which levels does a ladder have? Text to ascending numbers. Knows no flag and no unit.
 *
 * ```ebnf
 * levels = part , { "," , part } ;
 * part   = number | number , ".." , number , ( "*" | "+" ) , number ;
 * ```
 *
 * `10..100*2` is 10, 20, 40, 80, 100 and `10..100+40` is 10, 50, 90, 100: a range ends with its end,
 * whether a step meets it or not, as whoever names a level wants it measured. White space is free.
 * @module
 */

import { TextScanner } from "../judge/text_scanner.ts";
import { plainDecimal } from "../judge/limit.ts";

/** More rungs than anybody waits for: a step that is too small, or a slip of the keyboard. */
const MOST_LEVELS = 1_000;

/** More than anything here can do. */
const HIGHEST_LEVEL = 1e9;

const NUMBER = /\d+(?:\.\d+)?|\.\d+/y;
const RANGE_START = /(?:\d+(?:\.\d+)?|\.\d+)\s*\.\./y;
const COMMA = /\s*,\s*/y;

/**
 * Strictly ascending levels above 0.
 * @param options.isWhole the levels count something: a number in the text must be whole, and what a
 * range has between its ends is rounded
 * @throws {SyntaxError | RangeError} with a sentence that says what is wrong and what is allowed
 */
export function parseLevels(text: string, { isWhole = false } = {}): number[] {
  const scanner = new TextScanner(text, "levels");
  const levels: number[] = [];
  scanner.skipSpace();
  do {
    for (const level of readPart(scanner, isWhole)) append(levels, { level, text });
  } while (scanner.take(COMMA) !== undefined);
  scanner.skipSpace();
  if (!scanner.atEnd) scanner.fail(`"," or the end`, scanner.peek(/\S+/y) ?? "");
  return levels;
}

function append(levels: number[], { level, text }: { level: number; text: string }): void {
  const before = levels.at(-1) ?? 0;
  if (level <= before) {
    const [low, high] = [before, level].map((value) => plainDecimal(value));
    throw new RangeError(
      `Cannot use levels "${text}": each must be above the one before, and ${high} is not above ${low}`,
    );
  }
  if (levels.length === MOST_LEVELS) {
    throw new RangeError(
      `Cannot use levels "${text}": there are more than ${MOST_LEVELS}; take larger steps`,
    );
  }
  levels.push(level);
}

function readPart(scanner: TextScanner, isWhole: boolean): Iterable<number> {
  const expected = "a level such as 50, or a range such as 10..100*2";
  const isRange = scanner.peek(RANGE_START) !== undefined;
  const from = readNumber(scanner, { expected, isWhole });
  if (!isRange) return [from];
  scanner.expect(/\s*\.\.\s*/y, `".."`);
  const to = readNumber(scanner, { expected: "the end of the range", isWhole });
  const sign = scanner.expect(/\s*[*+]\s*/y, `"*2" or "+10" after the range`).trim();
  const by = readNumber(scanner, { expected: "a step such as 2" });
  if (sign === "*" && by <= 1) scanner.fail("a factor above 1", plainDecimal(by));
  if (sign === "+" && by <= 0) scanner.fail("a step above 0", plainDecimal(by));
  const after = (level: number) => sign === "*" ? level * by : level + by;
  return rangeOf({ from, to, after, isWhole });
}

function* rangeOf(
  { from, to, after, isWhole }: {
    from: number;
    to: number;
    after: (level: number) => number;
    isWhole: boolean;
  },
): Generator<number> {
  let level = from;
  do {
    yield level;
    // Twelve digits: 0.1 + 0.1 + 0.1 is meant to be 0.3.
    const next = Number(after(level).toPrecision(12));
    level = isWhole ? Math.max(level + 1, Math.round(next)) : next;
  } while (level < to);
  if (to !== from) yield to;
}

function readNumber(
  scanner: TextScanner,
  { expected, isWhole = false }: { expected: string; isWhole?: boolean },
): number {
  const text = scanner.expect(NUMBER, expected);
  if (isWhole && !Number.isInteger(Number(text))) scanner.fail("a whole number", text);
  if (Number(text) > HIGHEST_LEVEL) scanner.fail("a number of at most 1000000000", text);
  return Number(text);
}
