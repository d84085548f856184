import assert from "node:assert/strict";
import { ObjectTexts } from "../../../../sandbox/kubernetes/store/object_texts.ts";
import { StoredObject } from "../../../../sandbox/kubernetes/store/stored_object.ts";

/** Counts how often it is turned into JSON. */
function counted(name: string) {
  const made = { count: 0 };
  const data = {
    toJSON() {
      made.count++;
      return name;
    },
  };
  return { made, object: new StoredObject({ metadata: { name }, data }, 1) };
}

Deno.test("a state is turned into JSON once, with a type or without", () => {
  const texts = new ObjectTexts(Infinity);
  const { made, object } = counted("a");
  assert.equal(texts.of(object), '{"metadata":{"name":"a"},"data":"a"}');
  assert.equal(
    texts.as(object, { apiVersion: "v1", kind: "ConfigMap" }),
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":"a"}',
  );
  assert.equal(made.count, 1);
});

Deno.test("of more states than are remembered the oldest text goes, and what is forgotten is made again", () => {
  const texts = new ObjectTexts(2);
  const [a, b, c] = [counted("a"), counted("b"), counted("c")];
  for (const { object } of [a, b, c, b, c]) texts.of(object);
  assert.deepEqual([a.made.count, b.made.count, c.made.count], [1, 1, 1]);
  texts.of(a.object);
  assert.equal(a.made.count, 2);
  texts.forget(c.object);
  texts.of(c.object);
  assert.equal(c.made.count, 2);
});
