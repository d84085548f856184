import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { runChoice } from "../../../kube/cleanup/mod.ts";

const NONE = { "run-id": undefined, "older-than": undefined, all: false };

Deno.test("exactly one of the three flags says which runs", () => {
  assert.deepEqual(runChoice({ ...NONE, "run-id": "r1" }), { kind: "run", runId: "r1" });
  assert.deepEqual(runChoice({ ...NONE, "older-than": 0 }), { kind: "older", olderThanMs: 0 });
  assert.deepEqual(runChoice({ ...NONE, all: true }), { kind: "all" });
});

const WRONG = [
  { given: {}, says: /exactly one of --run-id ID, .*, not none of them$/ },
  { given: { "run-id": "r1", all: true }, says: /not 2 of them$/ },
  { given: { "run-id": "r1", "older-than": 1, all: true }, says: /not 3 of them$/ },
  { given: { "run-id": "a,b!=c" }, says: /^--run-id must be .*, not "a,b!=c"$/ },
];

for (const { given, says } of WRONG) {
  Deno.test(`${JSON.stringify(given)} is a usage error`, () => {
    assert.throws(() => runChoice({ ...NONE, ...given }), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, says);
      return true;
    });
  });
}
