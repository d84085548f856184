import assert from "node:assert/strict";
import fc from "fast-check";
import { burst, constant, poisson, ramp, step, uniform } from "../../../core/load/arrival.ts";
import { normal } from "../../../core/load/normal_arrival.ts";
import {
  ARRIVAL_FORMS,
  parseArrival,
  parseRatePerSec,
  parseReplayFile,
  ratedArrivals,
  ReplayFileError,
} from "../../../core/load/arrival_spec.ts";
import { createRng } from "../../../core/load/rng.ts";

const labels: readonly [string, string][] = [
  ["50/s", "constant:50/s"],
  ["50", "constant:50/s"],
  [" constant:50/s ", "constant:50/s"],
  ["300/m", "constant:5/s"],
  ["poisson:7200/h", "poisson:2/s"],
  ["poisson:0.5/s,gap<=1m", "poisson:0.5/s,gap<=60s"],
  ["poisson:0.5/s,gap<=300s", "poisson:0.5/s"],
  ["uniform:.5", "uniform:0.5/s"],
  ["normal:.5", "normal:0.5/s"],
  ["ramp:10/s..100/s@30s", "ramp:10/s..100/s@30s"],
  ["ramp:0..60/m@1500ms", "ramp:0/s..1/s@1500ms"],
  ["step:10/s@10s, 50/s@0.5s", "step:10/s@10s,50/s@500ms"],
  ["burst:20@1s", "burst:20@1s"],
];

for (const [text, label] of labels) {
  Deno.test(`parseArrival("${text}") is ${label}`, () => {
    assert.equal(parseArrival(text).label, label);
  });
}

Deno.test("parseArrival(label) is the same process again", () => {
  const rate = fc.double({ min: 1e-7, max: 1e6, noNaN: true });
  const durationMs = fc.oneof(
    fc.integer({ min: 1, max: 1e9 }),
    fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
  );
  const process = fc.oneof(
    rate.map(constant),
    rate.map((ratePerSec) => poisson(ratePerSec)),
    fc.tuple(rate, durationMs).map(([ratePerSec, maxGapMs]) => poisson(ratePerSec, { maxGapMs })),
    rate.map(uniform),
    rate.map(normal),
    fc.record({ fromPerSec: rate, toPerSec: rate, durationMs }).map(ramp),
    fc.array(fc.record({ ratePerSec: rate, durationMs }), { minLength: 1, maxLength: 4 }).map(step),
    fc.record({ size: fc.integer({ min: 1, max: 1e6 }), everyMs: durationMs }).map(burst),
  );
  fc.assert(fc.property(process, (process) => {
    const again = parseArrival(process.label);
    assert.equal(again.label, process.label);
    assert.equal(again.durationMs, process.durationMs);
    assert.deepEqual(
      Iterator.from(again.offsets(createRng(3))).take(20).toArray(),
      Iterator.from(process.offsets(createRng(3))).take(20).toArray(),
    );
  }));
});

Deno.test("parseArrival reads replay files through the given function", () => {
  const paths: string[] = [];
  const replay = parseArrival("replay:a:b.txt", (path) => {
    paths.push(path);
    return "# a recording\n0\n\n2.5 # ms\r\n10ms\n1s\n";
  });
  assert.deepEqual(paths, ["a:b.txt"]);
  assert.equal(replay.label, "replay:a:b.txt (4 arrivals over 1s)");
  assert.equal(replay.count, 4);
  assert.deepEqual([...replay.offsets(createRng(1))], [0, 2.5, 10, 1_000]);
});

Deno.test("parseArrival says in one line what is wrong with a replay file", () => {
  assert.throws(() => parseArrival("replay:f", () => "1\nsoon"), {
    name: "ReplayFileError",
    message: 'Cannot replay "f", line 2: expected ms from the start, or a duration such as 250us ' +
      'or 1m30s, not "soon"',
  });
});

Deno.test("parseArrival lets the error of an unreadable file pass", () => {
  const error = new Error("no such file");
  assert.throws(
    () =>
      parseArrival("replay:x", () => {
        throw error;
      }),
    error,
  );
});

const refused: readonly [string, string][] = [
  ["", 'Cannot read rate ""'],
  ["fast", 'Cannot read rate "fast"'],
  ["-5/s", 'Cannot read rate "-5/s"'],
  ["5/d", 'Cannot read rate "5/d"'],
  ["0/s", "Cannot use arrival rate 0: expected a finite number above 0"],
  ["gauss:5/s", 'there is no kind "gauss"'],
  ["poisson:5/s,cap=3", 'Cannot read "cap=3": expected for example gap<=60s'],
  ["ramp:10/s@30s", 'Cannot read "10/s": expected one ".."'],
  ["ramp:1/s..2/s", 'Cannot read "1/s..2/s": expected one "@"'],
  ["ramp:1/s..2/s@fast", 'Cannot read duration "fast"'],
  ["step:", 'Cannot read "": expected one "@"'],
  ["burst:2.5@1s", 'Cannot read burst size "2.5": expected a whole number'],
  ["burst:0@1s", "Cannot use burst size 0: expected an integer of at least 1"],
  ["replay:x", "files cannot be read here"],
];

for (const [text, reason] of refused) {
  Deno.test(`parseArrival("${text}") says: ${reason}`, () => {
    assert.throws(() => parseArrival(text), (error) => {
      assert.ok(error instanceof SyntaxError);
      assert.ok(error.message.startsWith(`Cannot read arrivals "${text}": ${reason}`));
      assert.ok(error.message.endsWith(`expected one of ${ARRIVAL_FORMS.join(", ")}`));
      return true;
    });
  });
}

Deno.test("parseArrival throws nothing but SyntaxError whatever the text", () => {
  const piece = fc.constantFrom(
    ...["constant:", "poisson:", "ramp:", "step:", "burst:", "replay:", "5", "/s", "@", "..", ","],
    ...["1s", "-1", "e9", "gap<=", "0", ".", "#", "\n"],
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(piece).map((all) => all.join(""))), (text) => {
      try {
        parseArrival(text, () => text);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
  );
});

Deno.test("every form of ARRIVAL_FORMS is read", () => {
  for (const form of ARRIVAL_FORMS) parseArrival(form, () => "1\n2");
});

Deno.test("parseRatePerSec knows seconds, minutes and hours", () => {
  const cases: readonly [string, number][] = [["5", 5], ["6/s", 6], ["30/m", 0.5], ["36/h", 0.01]];
  for (const [text, ratePerSec] of cases) assert.equal(parseRatePerSec(text), ratePerSec);
});

Deno.test("a process of one rate is the same process with another one", () => {
  const cases: [string, number | undefined, string | undefined][] = [
    ["50", 50, "constant:7/s"],
    ["poisson:300/m", 5, "poisson:7/s"],
    ["poisson:0.5/s,gap<=60s", 0.5, "poisson:7/s,gap<=60s"],
    ["uniform:1e-7/s", 1e-7, "uniform:7/s"],
    ["normal:3/s", 3, "normal:7/s"],
    ["ramp:1/s..50/s@30s", undefined, undefined],
    ["burst:20@1s", undefined, undefined],
  ];
  for (const [text, ratePerSec, atSeven] of cases) {
    const rated = ratedArrivals(parseArrival(text));
    assert.deepEqual([rated?.ratePerSec, rated?.at(7)], [ratePerSec, atSeven], text);
    if (atSeven !== undefined) assert.equal(parseArrival(atSeven).label, atSeven);
  }
});

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
