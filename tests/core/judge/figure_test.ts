/** What a figure's text means, which texts are none, and that nothing is lost on the way back. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Figure, formatFigure, parseFigure } from "../../../core/judge/figure.ts";
import { anyFigure } from "./any_figure.ts";

const PLAIN = { tags: {}, view: null, reason: null, per: null, stage: null } as const;

Deno.test("each part of a figure is read as what it is", () => {
  const cases: [string, Figure][] = [
    ["request.response.p99", {
      ...PLAIN,
      metric: "request",
      view: "response",
      stat: { kind: "percentile", percentile: 99 },
    }],
    ["statusWrites.total/attach{gateway=a/b}.count", {
      ...PLAIN,
      metric: "statusWrites",
      stat: { kind: "total" },
      per: {
        metric: "attach",
        tags: { gateway: "a/b" },
        view: null,
        reason: null,
        stat: { kind: "count" },
      },
    }],
    [' create.failed{reason=no-pvc}.count  in  "add routes" ', {
      ...PLAIN,
      metric: "create",
      view: "failed",
      reason: "no-pvc",
      stat: { kind: "count" },
      stage: "add routes",
    }],
    ["create.max in lambda=50", {
      ...PLAIN,
      metric: "create",
      stat: { kind: "max" },
      stage: "lambda=50",
    }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseFigure(text), expected, text);
});

Deno.test("a figure has one canonical text", () => {
  const cases: [string, string][] = [
    ["a.p(99) /  b.p50", "a.p99 / b.p50"],
    ["a{x=1/2}.total / b.total", "a{x=1/2}.total / b.total"],
    ['a{x="1 / 2"}.total/b.total in "load"', 'a{x="1 / 2"}.total / b.total in load'],
    ['a.last in "x == 3"', 'a.last in "x == 3"'],
    ["a.last in over", "a.last in over"],
  ];
  for (const [text, canonical] of cases) {
    assert.equal(formatFigure(parseFigure(text)), canonical);
  }
});

Deno.test("a text that is no figure is refused with what was expected at the wrong place", () => {
  const cases: [string, string][] = [
    ["", "expected a metric such as request, not the end"],
    ["a.count /", 'expected a metric such as request after "/", not the end'],
    ["a.count / b", 'expected ".", then a stat such as p99, not the end'],
    ["a.count / b.count / c.count", 'expected "/", "in" or the end, not "/"'],
    ["a.count < 5", 'expected "/", "in" or the end, not "<"'],
    [
      "a.count in",
      'expected the name of a stage after "in", in quotes if it has other signs, not the end',
    ],
    ["a.count in b c", 'expected the end, not "c"'],
    ['a.count in "\\q"', 'expected a value in quotes as JSON has them, not ""\\q""'],
    [
      "a.count / b.rate",
      'expected a figure that has no unit, or that of a.count, after "/", not "b.rate"',
    ],
    ["a.p99 / b.meen", MEEN],
  ];
  for (const [text, expected] of cases) {
    assert.throws(() => parseFigure(text), {
      name: "SyntaxError",
      message: `Cannot read figure "${text}": ${expected}`,
    });
  }
});

const MEEN = "expected one of p99, min, mean, max, count, rate, total, last, " +
  'not "meen" (did you mean "mean"?)';

Deno.test("property: a figure reads back from its text as the same value", () => {
  fc.assert(fc.property(anyFigure, (figure) => {
    const text = formatFigure(figure);
    assert.deepEqual(parseFigure(text), figure);
    assert.equal(formatFigure(parseFigure(text)), text);
  }));
});

Deno.test("property: a text is a figure or a SyntaxError, never anything else", () => {
  const pieces = fc.constantFrom(
    ...["request", ".", "p99", "p(", ")", "failed", "{", "}", "reason", "=", '"', "\\", " ", "/"],
    ...["99", "in", " in ", "count", "total", ",", "µ", "\u2028"],
  );
  const texts = fc.oneof(fc.string(), fc.array(pieces).map((some) => some.join("")));
  fc.assert(fc.property(texts, (text) => {
    try {
      parseFigure(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
      assert.ok(error.message.startsWith(`Cannot read figure "${text}": expected `));
    }
  }));
});
