/** Which levels a ladder has, as its users write them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLevels } from "../../../core/ladder/levels.ts";

Deno.test("levels are a list of numbers and ranges, and a range ends with its end", () => {
  const cases: [string, number[]][] = [
    ["10,25,50,100", [10, 25, 50, 100]],
    ["0.5, 1.5 ,2.25", [0.5, 1.5, 2.25]],
    ["7", [7]],
    ["10..100*2", [10, 20, 40, 80, 100]],
    ["10..80*2", [10, 20, 40, 80]],
    ["10..100+40", [10, 50, 90, 100]],
    ["10 .. 30 + 10", [10, 20, 30]],
    ["0.1..0.5+0.1", [0.1, 0.2, 0.3, 0.4, 0.5]],
    ["1,10..100*10,150", [1, 10, 100, 150]],
    ["1..10*1.5", [1, 1.5, 2.25, 3.375, 5.0625, 7.59375, 10]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseLevels(text), expected, text);
});

Deno.test("levels that count something are whole: what a range has between its ends is rounded", () => {
  assert.deepEqual(parseLevels("1..10*1.5", { isWhole: true }), [1, 2, 3, 5, 8, 10]);
  assert.deepEqual(parseLevels("1..4*1.1", { isWhole: true }), [1, 2, 3, 4]);
});

Deno.test("levels that cannot be used are refused with one sentence that says what is allowed", () => {
  const cases: [string, boolean, string][] = [
    [
      "",
      false,
      'Cannot read levels "": expected a level such as 50, or a range such as 10..100*2, not the end',
    ],
    [
      "10,",
      false,
      'Cannot read levels "10,": expected a level such as 50, or a range such as 10..100*2, not the end',
    ],
    [
      "-5",
      false,
      'Cannot read levels "-5": expected a level such as 50, or a range such as 10..100*2, not "-5"',
    ],
    ["10;20", false, 'Cannot read levels "10;20": expected "," or the end, not ";20"'],
    ["10/s", false, 'Cannot read levels "10/s": expected "," or the end, not "/s"'],
    ["10..", false, 'Cannot read levels "10..": expected the end of the range, not the end'],
    [
      "10..20",
      false,
      'Cannot read levels "10..20": expected "*2" or "+10" after the range, not the end',
    ],
    ["10..20*1", false, 'Cannot read levels "10..20*1": expected a factor above 1, not "1"'],
    ["10..20+0", false, 'Cannot read levels "10..20+0": expected a step above 0, not "0"'],
    [
      "0,1",
      false,
      'Cannot use levels "0,1": each must be above the one before, and 0 is not above 0',
    ],
    [
      "20,10",
      false,
      'Cannot use levels "20,10": each must be above the one before, and 10 is not above 20',
    ],
    [
      "20..10*2",
      false,
      'Cannot use levels "20..10*2": each must be above the one before, and 10 is not above 20',
    ],
    [
      "0..10*2",
      false,
      'Cannot use levels "0..10*2": each must be above the one before, and 0 is not above 0',
    ],
    ["1.5", true, 'Cannot read levels "1.5": expected a whole number, not "1.5"'],
    ["1..2.5*2", true, 'Cannot read levels "1..2.5*2": expected a whole number, not "2.5"'],
    [
      "1..1000000+1",
      false,
      'Cannot use levels "1..1000000+1": there are more than 1000; take larger steps',
    ],
    [
      "1..1000000*1.0000000001",
      true,
      'Cannot use levels "1..1000000*1.0000000001": there are more than 1000; take larger steps',
    ],
    [
      "1..2+0.0000000000001",
      false,
      'Cannot use levels "1..2+0.0000000000001": each must be above the one before, and 1 is not above 1',
    ],
  ];
  for (const [text, isWhole, message] of cases) {
    assert.throws(() => parseLevels(text, { isWhole }), { message }, text);
  }
});

Deno.test("a range ascends from its start to its end, and no step is larger than asked", () => {
  const level = fc.integer({ min: 1, max: 1_000 });
  const factor = fc.integer({ min: 11, max: 40 }).map((tenths) => tenths / 10);
  fc.assert(fc.property(level, level, factor, fc.boolean(), (one, other, by, isWhole) => {
    fc.pre(one !== other);
    const [from, to] = [Math.min(one, other), Math.max(one, other)];
    const levels = parseLevels(`${from}..${to}*${by}`, { isWhole });
    assert.equal(levels[0], from);
    assert.equal(levels.at(-1), to);
    levels.forEach((level, index) => {
      const before = levels[index - 1];
      if (before === undefined) return;
      assert.ok(level > before);
      // Each of the two may have been rounded.
      assert.ok(
        level - (isWhole ? 0.5 : 0) <= (before + (isWhole ? 0.5 : 0)) * by * (1 + 1e-9) ||
          level - before === 1,
      );
    });
    if (isWhole) assert.ok(levels.every(Number.isInteger));
  }));
});
