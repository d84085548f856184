/** Of which class a stage is, as its findings say. @module */

import assert from "node:assert/strict";
import { classesOf, classOf, parseClass } from "../../../core/judge/class.ts";
import type { Finding, Verdict } from "../../../core/judge/finding.ts";

Deno.test("a class is a name and the thresholds that hold in it", () => {
  assert.deepEqual(
    parseClass(`healthy: request{path="a,b}",op=get}.response.p95<1s , request.failed.ratio < 1%`),
    {
      name: "healthy",
      holds: [
        'request{op=get,path="a,b}"}.response.p95 < 1s',
        "request.failed.ratio < 1%",
      ],
    },
  );
});

Deno.test("a class that cannot be read is refused with what is expected", () => {
  const threshold = "expected a threshold such as request.response.p95 < 1s";
  const cases = {
    "": "expected a name such as healthy, not the end",
    "healthy": 'expected ":" and what holds in healthy, not the end',
    "healthy:": `${threshold}, not the end`,
    "healthy: a.p95 < 1s,,b.count > 0": `${threshold}, not ",b.count"`,
    "healthy: a.count > 0 {b": 'expected "," or the end, not "{b"',
    ": a.p95 < 1s": 'expected a name such as healthy, not ":"',
  };
  for (const [text, expected] of Object.entries(cases)) {
    const message = `Cannot read class "${text}": ${expected}`;
    assert.throws(() => parseClass(text), { name: "SyntaxError", message }, text);
  }
  for (const wrong of ["request.p95 1s", "request{a=b", "request{a=b.count > 0, c.count > 0"]) {
    assert.throws(() => parseClass(`healthy: ${wrong}`), /^SyntaxError: Cannot read threshold/);
  }
});

Deno.test("without classes of the user's own the thresholds make the best one", () => {
  assert.deepEqual(classesOf([], ["a.count > 0"]), [
    { name: "healthy", holds: ["a.count > 0"] },
    { name: "breaking", holds: [] },
  ]);
  const good = parseClass("good: a.count > 9");
  assert.deepEqual(classesOf([good], ["a.count > 0"]), [good, { name: "breaking", holds: [] }]);
});

Deno.test("two classes of one name are refused", () => {
  const good = parseClass("good: a.count > 9");
  assert.throws(() => classesOf([good, good], []), { message: "the class good is there twice" });
  assert.throws(() => classesOf([parseClass("breaking: a.count > 9")], []), {
    message: "there is a class breaking already: that of what is of no other",
  });
});

const CLASSES = [
  { name: "healthy", holds: ["p95 < 1s"] },
  { name: "degraded", holds: ["p95 < 5s"] },
  { name: "breaking", holds: [] },
];

function found(findings: Readonly<Record<string, Verdict>>) {
  const all = Object.entries(findings).map(([subject, verdict]): Finding => ({
    subject,
    verdict,
    observed: null,
    limit: "",
    reason: verdict === "pass" ? "" : `${verdict} it is`,
  }));
  const { name, rank, isWorst, reason } = classOf(all, CLASSES);
  return [name, rank, isWorst, reason];
}

Deno.test("a stage is of the best class of which everything holds", () => {
  assert.deepEqual(found({ "p95 < 1s": "pass", "p95 < 5s": "pass" }), ["healthy", 0, false, ""]);
  assert.deepEqual(found({ "p95 < 1s": "fail", "p95 < 5s": "pass" }), [
    "degraded",
    1,
    false,
    "p95 < 1s: fail it is",
  ]);
  assert.deepEqual(found({ "p95 < 1s": "fail", "p95 < 5s": "fail" }), [
    "breaking",
    2,
    true,
    "p95 < 5s: fail it is",
  ]);
});

Deno.test("a stage is of no class when the first that does not fail cannot be told", () => {
  assert.deepEqual(found({ "p95 < 1s": "inconclusive", "p95 < 5s": "pass" }), [
    null,
    null,
    false,
    "p95 < 1s: inconclusive it is",
  ]);
  assert.deepEqual(found({ "p95 < 1s": "fail", "p95 < 5s": "inconclusive" })[0], null);
});

Deno.test("a check of the command's own must pass in every class but the last", () => {
  assert.deepEqual(found({ "p95 < 1s": "pass", "p95 < 5s": "pass", "bytes agree": "fail" }), [
    "breaking",
    2,
    true,
    "bytes agree: fail it is",
  ]);
});

Deno.test("a stage of which nothing was asked is of no class", () => {
  assert.deepEqual(found({}), [null, null, false, "nothing is asked of it"]);
});
