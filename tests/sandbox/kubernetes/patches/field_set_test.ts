import fc from "fast-check";
import assert from "node:assert/strict";
import { FieldSet, pathText } from "../../../../sandbox/kubernetes/patches/field_set.ts";

const element = fc.constantFrom("f:a", "f:a.b", "f:b", 'k:{"name":"c"}', 'v:"x"');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path).map((paths) => new FieldSet(paths));

Deno.test("a set of fields is the same after it has been written and read", () => {
  fc.assert(fc.property(set, (fields) => {
    const read = FieldSet.fromFieldsV1(JSON.parse(JSON.stringify(fields.toFieldsV1())));
    assert.deepEqual(read.paths, fields.paths);
  }));
});

Deno.test("union, difference and intersection are those of sets of paths", () => {
  const texts = (fields: FieldSet) => new Set(fields.paths.map((one) => one.join("/")));
  fc.assert(fc.property(set, set, (one, other) => {
    const [left, right] = [texts(one), texts(other)];
    assert.deepEqual(texts(one.union(other)), left.union(right));
    assert.deepEqual(texts(one.minus(other)), left.difference(right));
    assert.deepEqual(texts(one.intersection(other)), left.intersection(right));
    assert.equal(one.isEmpty, left.size === 0);
  }));
});

Deno.test("paths come with those first that go no deeper, as the real server lists them", () => {
  const containers = ["f:spec", "f:containers", 'k:{"name":"c"}', "f:image"];
  const fields = new FieldSet([containers, ["f:spec", "f:nodeSelector"], ["f:data"]]);
  assert.deepEqual(fields.paths.map(pathText), [
    ".data",
    ".spec.nodeSelector",
    '.spec.containers[name="c"].image',
  ]);
});

Deno.test("a field of which parts are owned too is written with a dot", () => {
  const fields = new FieldSet([["f:a"], ["f:a", "f:b"], ["f:a.b"], ["f:c"]]);
  assert.deepEqual(fields.toFieldsV1(), {
    "f:a": { ".": {}, "f:b": {} },
    "f:a.b": {},
    "f:c": {},
  });
});
