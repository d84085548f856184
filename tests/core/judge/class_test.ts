/** Which class a stage is in, and why; which texts are classes. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { classOf } from "../../../core/judge/class.ts";
import {
  classLadder,
  classParser,
  type ClassSpec,
  classThresholds,
  formatClass,
  parseClass,
} from "../../../core/judge/class_spec.ts";
import { Judge } from "../../../core/judge/judge.ts";
import { formatThreshold, parseThreshold } from "../../../core/judge/threshold.ts";
import type { Validity } from "../../../core/judge/validity.ts";
import { anyFigure, anyLimit, anyName } from "./any_figure.ts";
import { life, VALID } from "./recorded.ts";

const CLASSES = classLadder([
  parseClass("healthy: chat.response.max < 1s, chat.failed.ratio < 1%"),
  parseClass("degraded: chat.response.max < 5s"),
]);

/** The class of ten seconds in which each operation took so long. */
function classAt(serviceMs: number, { validity = VALID, classes = CLASSES, count = 10 } = {}) {
  const judge = new Judge(classThresholds(classes).map(parseThreshold));
  const intervals = life(10, () => ({ op: "chat", serviceMs, count }));
  for (const interval of intervals) judge.add(interval);
  return classOf(classes, { judged: judge.judged(validity), validity });
}

Deno.test("a stage is in the best class all of whose thresholds hold", () => {
  assert.deepEqual(classAt(100), { name: "healthy", reason: "", atBest: null });
  assert.deepEqual(classAt(2_000), {
    name: "degraded",
    reason: "not healthy: chat.response.max < 1s does not hold, observed 2s",
    atBest: null,
  });
  assert.deepEqual(classAt(6_000), {
    name: "breaking",
    reason: "not degraded: chat.response.max < 5s does not hold, observed 6s",
    atBest: null,
  });
});

Deno.test("a stage of an unfit generator, or with no answer, has no class, however bad it looks", () => {
  const validity: Validity = { level: "invalid", reasons: ["It was late."] };
  for (const serviceMs of [100, 6_000]) {
    assert.deepEqual(classAt(serviceMs, { validity }), {
      name: null,
      reason: "the generator was not fit to measure: It was late.",
      atBest: null,
    });
  }
  const classes = classLadder([parseClass("healthy: chat.p99 < 1s"), parseClass("slow:")]);
  assert.deepEqual(classAt(6_000, { classes, count: 1 }), {
    name: null,
    reason: "healthy or not cannot be told from chat.p99 < 1s: needs 100 values, saw 10",
    atBest: "healthy",
  });
  assert.deepEqual(classOf(classes, { judged: [], validity: VALID }), {
    name: null,
    reason: "healthy or not cannot be told from chat.p99 < 1s: it was not asked",
    atBest: "healthy",
  });
});

Deno.test("a stage of too few values for a lower class is known not to be of the best one", () => {
  const classes = classLadder([
    parseClass("healthy: chat.max < 1s"),
    parseClass("degraded: chat.p99 < 5s"),
  ]);
  assert.deepEqual(classAt(2_000, { classes, count: 1 }), {
    name: null,
    reason: "not healthy: chat.max < 1s does not hold, observed 2s; " +
      "degraded or not cannot be told from chat.p99 < 5s: needs 100 values, saw 10",
    atBest: "degraded",
  });
});

Deno.test("a broken threshold decides even beside one that has no answer", () => {
  const classes = classLadder([parseClass("healthy: chat.p99.9 < 1s, chat.max < 1s")]);
  assert.equal(classAt(2_000, { classes }).name, "breaking");
});

Deno.test("commas within braces or quotes belong to their threshold", () => {
  const text = ' fast : x{a=1,b="2, 3}"}.p99<1s,y.failed.ratio < 1% over 5s ';
  assert.deepEqual(parseClass(text), {
    name: "fast",
    holds: ['x{a=1,b="2, 3}"}.p99 < 1s', "y.failed.ratio < 1% over 5s"],
  });
  assert.deepEqual(parseClass("breaking:"), { name: "breaking", holds: [] });
});

Deno.test("a text that is no class is refused with what was expected", () => {
  const cases: [string, string][] = [
    ["", 'Cannot read class "": expected the name of a class such as healthy, not the end'],
    ["1: x.p99 < 1s", 'Cannot read class "1: x.p99 < 1s": ' + NAME],
    ["x.p99 < 1s", 'Cannot read class "x.p99 < 1s": ' + COLON],
    [
      "a: x.p99 < 1s,",
      'Cannot read class "a: x.p99 < 1s,": expected a threshold after ",", not the end',
    ],
    ["a: ,x.p99 < 1s", 'Cannot read class "a: ,x.p99 < 1s": ' + ITEM + ',x.p99"'],
    [
      "a: x.p99 < 1s, , y.p99 < 1s",
      'Cannot read class "a: x.p99 < 1s, , y.p99 < 1s": ' + ITEM + ',"',
    ],
    [
      "a: x.p99 < fast",
      'Cannot read threshold "x.p99 < fast": ' +
      'expected a duration such as 200ms or a size such as 64KiB, not "fast"',
    ],
    ["a: x{a=1.p99 < 1s", 'Cannot read threshold "x{a=1.p99 < 1s": expected "," or "}", not "<"'],
    [
      "a: x.p99 < 1s in b",
      'Cannot read class "a: x.p99 < 1s in b": ' +
      'expected thresholds of any stage, without "in", not "in b"',
    ],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseClass(text), { name: "SyntaxError", message });
  }
  assert.throws(() => classParser([])("a: x.failed{reason=gone}.count < 1"), /expected one of/);
  assert.equal(classParser(["gone"])("a: x.failed{reason=gone}.count < 1").name, "a");
});

const NAME = 'expected the name of a class such as healthy, not "1:"';
const COLON = 'expected ":" after x, then what holds in it, not ".p99"';
const ITEM = 'expected a threshold such as request.p99 < 1s, not "';

Deno.test("classes end with one that takes the rest, and each can be reached", () => {
  const some = (text: string) => text.split("; ").map(parseClass);
  assert.deepEqual(classLadder(some("a: x.p99 < 1s")).map(({ name }) => name), ["a", "breaking"]);
  assert.deepEqual(classLadder(some("a: x.p99 < 1s; b:")).map(({ name }) => name), ["a", "b"]);
  assert.deepEqual(classLadder([]).map(({ name }) => name), ["breaking"]);
  const refused: [string, string][] = [
    ["a: x.p99 < 1s; a:", 'Cannot use two classes "a"'],
    [
      "a:; b: x.p99 < 1s",
      'Cannot use the class "b" after "a", which holds nothing: there is nothing that it could take',
    ],
    ["breaking: x.p99 < 1s", 'Cannot use the class "breaking" last: let it hold nothing'],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => classLadder(some(text)), { name: "SyntaxError", message });
  }
});

const anyClass: fc.Arbitrary<ClassSpec> = fc.record({
  name: anyName,
  holds: fc.array(
    anyFigure.chain((figure) =>
      anyLimit(figure).map((limit) =>
        formatThreshold({
          source: "",
          figure: { ...figure, stage: null },
          comparison: "<",
          limit,
          overMs: null,
          forMs: null,
          afterMs: 0,
        })
      )
    ),
    { maxLength: 3 },
  ),
});

Deno.test("property: a class reads back from its text as the same value", () => {
  fc.assert(fc.property(anyClass, (one) => {
    assert.deepEqual(parseClass(formatClass(one)), { ...one });
  }));
});
