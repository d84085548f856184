import assert from "node:assert/strict";
import { pruned } from "../../../../sandbox/kubernetes/validation/pruning.ts";

const ITEM = { type: "object", properties: { color: {} } };
const SPEC = { type: "object", properties: { items: { type: "array", items: ITEM } } };
const METADATA = { name: "a", labels: { any: "thing" } };

Deno.test("fields that a definition does not name are dropped, in lists as well, and told", () => {
  const object = { metadata: METADATA, spec: { items: [{ color: "red", size: 1 }], more: 2 } };
  const schema = { type: "object", properties: { spec: SPEC } };
  assert.deepEqual(pruned(object, schema), {
    object: { metadata: METADATA, spec: { items: [{ color: "red" }] } },
    dropped: ["spec.items[0].size", "spec.more"],
  });
});

Deno.test("a definition that keeps what it does not know, or says nothing, drops nothing", () => {
  const object = { metadata: METADATA, spec: { more: { of: "it" } }, other: 1 };
  for (
    const schema of [
      undefined,
      {},
      { properties: { spec: {} } },
      {
        properties: { spec: { ...SPEC, "x-kubernetes-preserve-unknown-fields": true } },
      },
    ]
  ) assert.deepEqual(pruned(object, schema), { object, dropped: [] });
});
