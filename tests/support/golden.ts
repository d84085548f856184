/**
 * Is a text still what a file of tests/testdata/ says? A file that is missing fails the test;
 * `UPDATE_GOLDENS=1` writes what was got, to be looked at before it is committed.
 * @module
 */

import { AssertionError } from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const TESTDATA = new URL("../testdata/", import.meta.url);
/** More lines than these of either side do not help to understand a difference. */
const MOST_LINES = 20;

/**
 * @param path of the golden file, below tests/testdata/
 * @throws {AssertionError} with the lines that differ, if the text is not the file's
 */
export function assertGolden(path: string, actual: string): void {
  const file = new URL(path, TESTDATA);
  if (Deno.env.get("UPDATE_GOLDENS") === "1") {
    mkdirSync(new URL("./", file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  const expected = readGolden(path);
  if (actual !== expected) {
    throw new AssertionError({
      message: `tests/testdata/${path} differs (- golden, + got):\n${
        lineDifference(expected, actual)
      }\nIf that is right: UPDATE_GOLDENS=1 deno test -A ...`,
    });
  }
}

function readGolden(path: string): string {
  try {
    return readFileSync(new URL(path, TESTDATA), "utf8");
  } catch (cause) {
    throw new Error(`Cannot read tests/testdata/${path}: make it with UPDATE_GOLDENS=1`, { cause });
  }
}

/** The lines between the common beginning and the common end, invisible characters escaped. */
export function lineDifference(expected: string, actual: string): string {
  const before = expected.split("\n");
  const after = actual.split("\n");
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let same = 0;
  while (
    same < Math.min(before.length, after.length) - start &&
    before.at(-1 - same) === after.at(-1 - same)
  ) same++;
  return [
    `@ line ${start + 1}`,
    ...marked("-", before.slice(start, before.length - same)),
    ...marked("+", after.slice(start, after.length - same)),
  ].join("\n");
}

function marked(sign: string, lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES).map((line) => sign + JSON.stringify(line)),
    ...(more > 0 ? [`${sign} and ${more} more lines`] : []),
  ];
}
