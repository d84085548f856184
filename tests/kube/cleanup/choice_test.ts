import assert from "node:assert/strict";
import { UsageError } from "../../../core/errors.ts";
import { choiceSelector, isChosen, runChoice } from "../../../kube/cleanup/choice.ts";
import { ownerLabels } from "../../../kube/owned/ownership.ts";

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

const MANAGED = "app.kubernetes.io/managed-by=scaletool";

Deno.test("every selector asks for both labels", () => {
  const one = choiceSelector({ kind: "run", runId: "r1" });
  assert.equal(one, `${MANAGED},scaletool.io/run-id=r1`);
  assert.equal(choiceSelector({ kind: "all" }), `${MANAGED},scaletool.io/run-id`);
});

Deno.test("isChosen is true for what the selector selects", () => {
  const labels = ownerLabels({ runId: "r1", command: "cmdriver" });
  const { "app.kubernetes.io/managed-by": _, ...unmanaged } = labels;
  const { "scaletool.io/run-id": __, ...nameless } = labels;
  const all = { kind: "all" } as const;
  assert.ok(isChosen({ labels }, all));
  assert.ok(isChosen({ labels }, { kind: "run", runId: "r1" }));
  assert.ok(!isChosen({ labels }, { kind: "run", runId: "r2" }));
  assert.ok(!isChosen({ labels: unmanaged }, all));
  assert.ok(!isChosen({ labels: nameless }, all));
  assert.ok(!isChosen({}, all));
});
