/** Which texts are no thresholds, and what is said about them. @module */

import assert from "node:assert/strict";
import { parseThreshold, thresholdParser } from "../../../core/judge/threshold.ts";
import { COMMON_REASONS } from "../../../core/measure/sample.ts";

Deno.test("a text that is no threshold is refused with what was expected at the wrong place", () => {
  const cases: [string, string][] = [
    ["", "expected a metric such as request, not the end"],
    ["99 < 5", 'expected a metric such as request, not "99"'],
    ["request", 'expected ".", then a stat such as p99, not the end'],
    ["request < 5ms", 'expected ".", then a stat such as p99, not "<"'],
    [
      "request.responce.p99 < 5ms",
      "expected one of service, response, lag, ok, failed, dropped, cancelled, " +
      'not "responce" (did you mean "response"?)',
    ],
    [
      "request.failures{reason=timeout}.count == 0",
      "expected one of service, response, lag, ok, failed, dropped, cancelled, " +
      'not "failures" (did you mean "failed"?)',
    ],
    [
      "request.meen < 5ms",
      "expected one of p99, min, mean, max, count, rate, total, last, " +
      'not "meen" (did you mean "mean"?)',
    ],
    [
      "request.response.avg < 5ms",
      "expected one of p99, min, mean, max, count after response, " +
      'not "avg" (did you mean "mean"?)',
    ],
    [
      "request.constructor < 5ms",
      'expected one of p99, min, mean, max, count, rate, total, last, not "constructor"',
    ],
    [
      "request.service.rate > 5/s",
      'expected one of p99, min, mean, max, count after service, not "rate"',
    ],
    ["request.failed.p99 < 1s", 'expected one of count, ratio, rate after failed, not "p99"'],
    [
      "request.failed < 1%",
      'expected "." and one of count, ratio, rate after failed, not "<"',
    ],
    [
      "request.ratio < 1%",
      'expected one of ok, failed, dropped, cancelled before ratio, not "ratio"',
    ],
    ["request.p101 < 1s", 'expected a percentile from 0 to 100, not "p101"'],
    ["request.p999 < 1s", 'expected a percentile from 0 to 100, not "p999"'],
    ["request.p99 = 1s", 'expected one of < <= > >= == !=, not "="'],
    ["request.p99 1s", 'expected one of < <= > >= == !=, not "1s"'],
    [
      "request.p99 < fast",
      'expected a duration such as 200ms or a size such as 64KiB, not "fast"',
    ],
    [
      "request.p99 < 200",
      'expected a duration such as 200ms or a size such as 64KiB, not "200"',
    ],
    ["request.response.p99 < 64KiB", 'expected a duration such as 200ms, not "64KiB"'],
    ["request.p99 <", "expected a duration such as 200ms or a size such as 64KiB, not the end"],
    ["request.failed.count == 10k", 'expected a number such as 100, not "10k"'],
    ["request.failed.ratio < -1%", 'expected a share such as 0.1%, not "-1%"'],
    [
      "request.rate > 50",
      'expected a rate such as 50/s or a throughput such as 400MB/s, not "50"',
    ],
    [
      "request.rate > 50/m",
      'expected a rate such as 50/s or a throughput such as 400MB/s, not "50/m"',
    ],
    ["request.ok.rate > 5MB/s", 'expected a rate such as 50/s, not "5MB/s"'],
    ["request.p99 < 1s every 5s", 'expected "over", "for", "after", "in" or the end, not "every"'],
    ["request.p99 < 1s over", 'expected a duration such as 30s after "over", not the end'],
    ["request.p99 < 1s over 30", 'expected a duration such as 30s after "over", not "30"'],
    ["request.p99 < 1s for 0s", 'expected a duration such as 30s after "for", not "0s"'],
    ["request.p99 < 1s after -1s", 'expected a duration such as 30s after "after", not "-1s"'],
    ["request.p99 < 1s over 500ms", 'expected at least 1s after "over", not "500ms"'],
    ["request.p99 < 1s over 5s over 6s", 'expected "over" once, not "over"'],
    ["request{}.p99 < 1s", 'expected a tag such as connection=0, not "}.p99"'],
    ["request{a}.p99 < 1s", 'expected "=" after a, not "}.p99"'],
    [
      "request{a=}.p99 < 1s",
      'expected a value for a, in quotes if it has other signs, not "}.p99"',
    ],
    ['request{a="\\q"}.p99 < 1s', 'expected a value in quotes as JSON has them, not ""\\q""'],
    ["request{a=1,a=2}.p99 < 1s", 'expected the tag a once, not "a"'],
    ["request{a=1.p99 < 1s", 'expected "," or "}", not "<"'],
    [
      "request.failed{connection=1}.count == 0",
      "expected reason=... (tags of the series stand after the metric's name), " +
      'not "connection=1}.count"',
    ],
    ["request.p99 < 1s in", IN],
    ["request.p99 in a < 1s in b", 'expected "in" once, not "in"'],
    ["request.p99 < 1s in a in b", 'expected "in" once, not "in"'],
    [
      "request.p99 / request.p50 < 1s",
      'expected a number such as 100 or a share such as 0.1%, not "1s"',
    ],
    ["a.count / b.count", "expected one of < <= > >= == !=, not the end"],
    [
      "a.failed.ratio / b.rate < 1%",
      'expected a figure that has no unit, or that of a.failed.ratio, after "/", not "b.rate"',
    ],
  ];
  for (const [text, expected] of cases) {
    assert.throws(() => parseThreshold(text), {
      name: "SyntaxError",
      message: `Cannot read threshold "${text}": ${expected}`,
    });
  }
});

const IN = 'expected the name of a stage after "in", in quotes if it has other signs, not the end';

Deno.test("a class of failure that a load cannot have is refused where its classes are known", () => {
  const text = "request.failed{reason=timeuot}.count == 0";
  const read = thresholdParser(["forbidden"]);
  const words = [...COMMON_REASONS, "forbidden", "http-503"].join(", ");
  assert.throws(() => read(text), {
    name: "SyntaxError",
    message: `Cannot read threshold "${text}": expected one of ${words}, ` +
      'not "timeuot" (did you mean "timeout"?)',
  });
  assert.throws(() => read(text.replace("timeuot", "http-603")), { name: "SyntaxError" });
  for (const reason of ["forbidden", "dns", "http-404"]) {
    assert.equal(read(text.replace("timeuot", reason)).figure.reason, reason);
  }
  // Whoever reads a log of another load or version takes what stands there.
  assert.equal(parseThreshold(text).figure.reason, "timeuot");
});
