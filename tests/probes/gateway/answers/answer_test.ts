import assert from "node:assert/strict";
import {
  AnswerCounts,
  classOf,
  type Expected,
  isError,
  matches,
} from "../../../../probes/gateway/answers/answer.ts";
import { answer, type Told } from "./asking.ts";

const OK: Expected = { status: 200 };

Deno.test("an answer is expected only with its status, its location and its header", () => {
  const redirect = {
    ...answer(302),
    location: "https://a.test/there",
    headers: new Map([["x-version", "2"]]),
  };
  const cases: [Expected, boolean][] = [
    [{ status: 302 }, true],
    [{ status: 301 }, false],
    [{ status: 302, location: "https://a.test/there" }, true],
    [{ status: 302, location: "https://a.test:18080/there" }, true],
    [{ status: 302, location: "http://a.test/there" }, false],
    [{ status: 302, location: "/there" }, false],
    [{ status: 302, location: "https://a.test/ther" }, false],
    [{ status: 302, header: ["X-Version", "2"] }, true],
    [{ status: 302, header: ["X-Version", "1"] }, false],
    [{ status: 302, header: ["X-Other", "2"] }, false],
  ];
  for (const [expected, is] of cases) {
    assert.equal(matches(redirect, expected), is, JSON.stringify(expected));
  }
  assert.equal(matches(answer("timeout"), OK), false);
});

Deno.test("an answer is counted under its status or the reason of its failure", () => {
  const cases: [Told, string, boolean][] = [
    [200, "expected", false],
    [404, "http-404", false],
    ["connection-refused", "connection-refused", false],
    [500, "http-500", true],
    [503, "http-503", true],
    ["connection-reset", "connection-reset", true],
    ["timeout", "timeout", true],
  ];
  for (const [told, answerClass, error] of cases) {
    assert.equal(classOf(answer(told), OK), answerClass);
    assert.equal(isError(answerClass), error, answerClass);
  }
});

Deno.test("the right status of another route is not yet the expected answer, and no error", () => {
  const answerClass = classOf(answer(200), { status: 200, header: ["x-version", "2"] });
  assert.equal(answerClass, "other-route");
  assert.equal(isError(answerClass), false);
});

Deno.test("counts keep what the first answer of each class said, and when", () => {
  const counts = new AnswerCounts(OK);
  const told: [Told, number][] = [
    [404, 1],
    [[503, "no healthy upstream"], 2],
    [[503, "upstream connect error"], 3],
    [200, 4],
  ];
  for (const [one, atMs] of told) counts.add(answer(one, { atMs }));
  assert.deepEqual([counts.asked, counts.errors], [4, 2]);
  assert.deepEqual(Object.keys(counts.byClass), ["http-404", "http-503", "expected"]);
  assert.deepEqual(counts.byClass["http-503"], {
    count: 2,
    isError: true,
    firstMs: 2,
    firstText: "no healthy upstream",
  });
  const answers = "1 x http-404, 2 x http-503 (no healthy upstream), 1 x expected";
  assert.equal(counts.told, `; answers: ${answers}`);
  assert.equal(new AnswerCounts(OK).told, "");
});
