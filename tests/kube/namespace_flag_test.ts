import assert from "node:assert/strict";
import { namespaceName } from "../../kube/namespace_flag.ts";

Deno.test("a namespace's name is a label of RFC 1123", () => {
  const { parse } = namespaceName();
  for (const name of ["a", "scaletest", "x-1", "0", "a".repeat(63)]) {
    assert.equal(parse(name), name);
  }
  for (const name of ["", "Foo", "a_b", "-a", "a-", "a.b", "a".repeat(64)]) {
    assert.throws(() => parse(name), /must be at most 63 of a-z/, name);
  }
});

Deno.test("one that further names begin with leaves room for them", () => {
  const { parse } = namespaceName({ room: 4 });
  assert.equal(parse("a".repeat(59)), "a".repeat(59));
  assert.throws(() => parse("a".repeat(60)), /at most 59/);
});
