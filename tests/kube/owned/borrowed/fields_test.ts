import assert from "node:assert/strict";
import fc from "fast-check";
import {
  changesTo,
  patchOf,
  valueAt,
  type WantedField,
  whyNotBorrowed,
} from "../../../../kube/owned/borrowed/fields.ts";
import type { KubeObject } from "../../../../kube/object.ts";
import { jsonPatched } from "../../../../sandbox/kubernetes/patches/json_patch.ts";

const POLICY: KubeObject = {
  metadata: { name: "p", resourceVersion: "7" },
  spec: { limits: { free: { rates: [{ limit: 5, window: "2m" }] } }, "a/b~c": 1 },
};

function changes(...wanted: readonly (readonly [path: string, value?: unknown])[]) {
  return changesTo(POLICY, wanted.map(([path, value]) => ({ path, value })));
}

function after(object: KubeObject, wanted: readonly WantedField[]): KubeObject {
  return jsonPatched(object, patchOf(object, changesTo(object, wanted))) as KubeObject;
}

Deno.test("a field is tested for its old value before it is replaced, added or removed", () => {
  const limit = "/spec/limits/free/rates/0/limit";
  assert.deepEqual(changes([limit, 10_000]), [{ path: limit, from: 5, to: 10_000 }]);
  assert.deepEqual(patchOf(POLICY, changes([limit, 10_000], ["/spec/a~1b~0c"])), [
    { op: "test", path: limit, value: 5 },
    { op: "test", path: "/spec/a~1b~0c", value: 1 },
    { op: "replace", path: limit, value: 10_000 },
    { op: "remove", path: "/spec/a~1b~0c" },
  ]);
});

Deno.test("what is missing around a field is part of it, and its absence is tested by what is there", () => {
  const added = changes(["/spec/gold/rate/limit", 1], ["/spec/gold/rate/window", "1m"]);
  const gold = { rate: { limit: 1, window: "1m" } };
  assert.deepEqual(added, [{ path: "/spec/gold", from: undefined, to: gold }]);
  assert.deepEqual(patchOf(POLICY, added), [
    { op: "test", path: "/spec", value: POLICY["spec"] },
    { op: "add", path: "/spec/gold", value: gold },
  ]);
  assert.deepEqual(patchOf(POLICY, changes(["/config", {}])), [
    { op: "test", path: "/metadata/resourceVersion", value: "7" },
    { op: "add", path: "/config", value: {} },
  ]);
});

Deno.test("what is so already is no change", () => {
  assert.deepEqual(changes(["/spec/a~1b~0c", 1], ["/spec/nothing/here"]), []);
});

Deno.test("a list grows and shrinks at its end only", () => {
  const rates = "/spec/limits/free/rates";
  assert.deepEqual(changes([`${rates}/1`, 3]), [{ path: `${rates}/1`, from: undefined, to: 3 }]);
  assert.deepEqual(
    valueAt(after(POLICY, [{ path: `${rates}/0`, value: undefined }]), rates),
    [],
  );
  assert.throws(() => changes([`${rates}/2`, 3]), /leads out of a list of 1/);
  assert.throws(() => changes([`${rates}/-`, 3]), RangeError);
  assert.throws(() => changes([`${rates}/length`, 3]), RangeError);
  assert.throws(() => changes([`${rates}/0/limit/x`, 3]), /into a plain value/);
  const two = { ...POLICY, spec: [1, 2] };
  assert.throws(() => changesTo(two, [{ path: "/spec/0", value: undefined }]), /not the last/);
});

Deno.test("only what is the user's can be borrowed", () => {
  for (const path of ["/spec", "/config/a~1b", "/metadata/labels/a", "/data/x", "/spec/"]) {
    assert.equal(whyNotBorrowed(path), undefined, path);
  }
  for (
    const path of [
      ...["", "spec", "/spec/~2", "/metadata", "/metadata/name", "/metadata/labels"],
      ...["/metadata/finalizers/0", "/status/x", "/kind", "/apiVersion"],
    ]
  ) assert.notEqual(whyNotBorrowed(path), undefined, path);
});

const keys = fc.constantFrom("a", "b", "a/b", "~", "__proto__");
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(1, "x", null, false),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(keys, tie("tree"), { maxKeys: 3 }),
  ),
}));
const paths = fc.array(fc.oneof(keys, fc.constantFrom("0", "1")), { minLength: 1, maxLength: 3 })
  .map((names) =>
    ["spec", ...names].map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(
      "",
    )
  );

/** As it comes from a server. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("whatever is changed, the patch makes it so, and the old values make it as it was", () => {
  const wanted = fc.array(fc.record({ path: paths, value: tree }), { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(tree, wanted, (spec, generated) => {
    const object = plain({ metadata: { name: "p", resourceVersion: "1" }, spec });
    const wanted = plain(generated);
    let taken;
    try {
      taken = changesTo(object, wanted);
    } catch (error) {
      assert.ok(error instanceof RangeError);
      return;
    }
    const changed = after(object, wanted);
    for (const { path, to } of taken) assert.deepEqual(valueAt(changed, path), to);
    const back = after(
      changed,
      taken.toReversed().map(({ path, from }) => ({ path, value: from })),
    );
    assert.deepEqual(back, object);
  }));
});

Deno.test("a patch is refused as soon as one of its fields is another", () => {
  const gold = patchOf(POLICY, changes(["/spec/gold", 1]));
  const other = { ...POLICY, spec: { ...POLICY["spec"] as object, gold: 2 } };
  assert.throws(() => jsonPatched(other, gold), /not what the test says/);
});
