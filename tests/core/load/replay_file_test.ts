import assert from "node:assert/strict";
import fc from "fast-check";
import { parseReplayFile, ReplayFileError } from "../../../core/load/replay_file.ts";

const PATH = { path: "f" };

Deno.test("parseReplayFile() reads ms and durations, and neither comments nor empty lines", () => {
  const text = "\u{feff}# recorded\n0\n\n  2.5 # ms\r\n2.5\n1e1\n10ms\n1s\n1m30s";
  assert.deepEqual(parseReplayFile(text, PATH), [0, 2.5, 2.5, 10, 10, 1_000, 90_000]);
});

Deno.test("parseReplayFile() reads back every sequence of offsets", () => {
  const gaps = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(fc.property(gaps, (all) => {
    let atMs = 0;
    const offsets = all.map((gap) => atMs += gap);
    assert.deepEqual(parseReplayFile(offsets.join("\n"), PATH), offsets);
  }));
});

const REFUSED: readonly [text: string, says: string][] = [
  ["", ": it holds no arrival; expected one a line, in ms from the start"],
  ["\n# nothing\n", ": it holds no arrival; expected one a line, in ms from the start"],
  [
    "0\n\nsoon",
    ', line 3: expected ms from the start, or a duration such as 250us or 1m30s, not "soon"',
  ],
  [
    "0,GET",
    ', line 1: expected ms from the start, or a duration such as 250us or 1m30s, not "0,GET"',
  ],
  [
    "2026-11-21T10:00:00Z",
    ", line 1: expected ms from the start, or a duration such as 250us or 1m30s, not " +
    '"2026-11-21T10:00:00Z"',
  ],
  ["NaN", ', line 1: expected ms from the start, or a duration such as 250us or 1m30s, not "NaN"'],
  ["-5\n3", ', line 1: "-5" is before the start'],
  ["0\n-5ms", ', line 2: "-5ms" is before the start'],
  ["5\n\n3", ', line 3: "3" is before "5" of line 1; expected times in order'],
  ["1s\n999", ', line 2: "999" is before "1s" of line 1; expected times in order'],
  ["0\n1e999", ', line 2: "1e999" is too large'],
];
const EPOCHS = ["1700000000", "1700000000.25", "1700000000000", "1.7e12", "1700000000000000000"];

for (const [text, says] of REFUSED) {
  Deno.test(`parseReplayFile(${JSON.stringify(text)}) says what is wrong`, () => {
    assert.throws(() => parseReplayFile(text, PATH), { message: `Cannot replay "f"${says}` });
  });
}

for (const time of EPOCHS) {
  Deno.test(`parseReplayFile() takes ${time} for a time since 1970`, () => {
    const says =
      `Cannot replay "f", line 2: ${time} looks like a time since 1970; expected ms from ` +
      "the start of the load: subtract the first time from each";
    assert.throws(() => parseReplayFile(`# log\n${time}\n${time}`, PATH), { message: says });
  });
}

Deno.test("parseReplayFile() throws nothing but what it says", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      const offsets = parseReplayFile(text, PATH);
      assert.ok(offsets.every((one, index) => one >= (offsets[index - 1] ?? 0)));
    } catch (error) {
      assert.ok(error instanceof ReplayFileError, String(error));
      assert.doesNotMatch(error.message.replaceAll(JSON.stringify(text), ""), /\n/);
    }
  }));
});
