import assert from "node:assert/strict";
import { contentOf, objectKey } from "../../kube/object.ts";

Deno.test("what an object has in it is neither its kind nor what every write changes", () => {
  const metadata = {
    name: "a",
    labels: { b: "c" },
    resourceVersion: "7",
    generation: 2,
    managedFields: [{ manager: "kubectl" }],
  };
  const whole = { apiVersion: "v1", kind: "Node", metadata, spec: 1, status: 2 };
  assert.deepEqual(contentOf(whole), {
    metadata: { name: "a", labels: { b: "c" } },
    spec: 1,
    status: 2,
  });
});

Deno.test("the key of an object has its namespace, if it has one", () => {
  assert.equal(objectKey({ metadata: { namespace: "ns", name: "a" } }), "ns/a");
  assert.equal(objectKey({ metadata: { name: "a" } }), "a");
});
