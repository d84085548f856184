import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../../core/errors.ts";
import { objectNames } from "../../../kube/owned/object_names.ts";

const NAMES = [
  { runId: "r", highest: 9, index: 1, name: "r-1" },
  { runId: "r", highest: 10, index: 1, name: "r-01" },
  { runId: "0102.1504.0042", highest: 300, index: 7, name: "0102.1504.0042-007" },
  { runId: "r", highest: 300, padDigits: 4, index: 300, name: "r-0000300" },
  { runId: "a.b-c", highest: 12, index: 12, name: "a.b-c-12" },
];

for (const { index, name, ...options } of NAMES) {
  Deno.test(`object ${index} of ${JSON.stringify(options)} is ${name}`, () => {
    assert.equal(objectNames(options)(index), name);
  });
}

Deno.test("names sort as texts in the order of their numbers", () => {
  const pair = fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }));
  fc.assert(fc.property(pair, fc.nat(3), ([one, other], padDigits) => {
    const nameOf = objectNames({ runId: "run", highest: Math.max(one, other), padDigits });
    assert.equal(nameOf(one) < nameOf(other), one < other);
    assert.equal(nameOf(one).length, nameOf(other).length);
  }));
});

Deno.test("253 characters are a name and 254 are none", () => {
  const longest = objectNames({ runId: "r".repeat(249), highest: 300 });
  assert.equal(longest(1).length, 253);
  const runId = "r".repeat(250);
  assert.throws(() => objectNames({ runId, highest: 300 }), (error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(
      error.message,
      `Cannot name objects after run "${runId}": the names would have 254 characters ` +
        '(run id 250, "-" 1, number 3), and Kubernetes takes at most 253',
    );
    return true;
  });
});

Deno.test("no padding is too long to be refused", () => {
  assert.throws(() => objectNames({ runId: "r", highest: 1, padDigits: 2 ** 40 }), {
    name: "UsageError",
    message: /the names would have 1099511627779 characters/,
  });
});

for (
  const runId of ["", "R1", "-r", "r.", "a..b", "a_b", "a!", "a.-b", "a-.b", "ä", "a b", "a\n"]
) {
  Deno.test(`run id ${JSON.stringify(runId)} gives names that Kubernetes refuses`, () => {
    assert.throws(() => objectNames({ runId, highest: 10 }), {
      name: "UsageError",
      message: /^Cannot name an object ".*-10": Kubernetes takes .*; use another run id than /s,
    });
  });
}
