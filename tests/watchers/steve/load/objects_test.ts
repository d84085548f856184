import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { CONFIG_MAPS, SECRETS } from "../../../../kube/resource.ts";
import {
  crd,
  crdPatch,
  DEFAULT_PAYLOAD_BYTES,
  FOOS,
  MOST_PAYLOAD_BYTES,
  ObjectSet,
  payloadText,
} from "../../../../watchers/steve/load/objects.ts";

const LABELS = { owner: "r1" };
const OBJECTS = new ObjectSet({
  runId: "r1",
  namespace: "ns",
  labels: LABELS,
  payloadBytes: DEFAULT_PAYLOAD_BYTES,
});

Deno.test("a payload is base64 of so many times the letter a", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2_000 }), (bytes) => {
    assert.equal(payloadText(bytes), Buffer.from("a".repeat(bytes)).toString("base64"));
  }));
});

Deno.test("the default payload is that of the original: 1,024,000 characters of 768,000 bytes", () => {
  const text = payloadText(DEFAULT_PAYLOAD_BYTES);
  assert.equal(text.length, 1_024_000);
  assert.equal(Buffer.from(text, "base64").length, 768_000);
});

Deno.test("the largest payload is what fits into one ConfigMap, 1 MiB of values", () => {
  assert.equal(payloadText(MOST_PAYLOAD_BYTES).length, 1_048_576);
  assert.ok(payloadText(MOST_PAYLOAD_BYTES + 1).length > 1_048_576);
});

Deno.test("ConfigMaps and Secrets are in the namespace and carry the payload, Foos neither", () => {
  const metadata = { namespace: "ns", name: "r1-7", labels: LABELS };
  const data = { "1m": payloadText(DEFAULT_PAYLOAD_BYTES) };
  assert.deepEqual(OBJECTS.make(CONFIG_MAPS, 7), {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data,
  });
  assert.deepEqual(OBJECTS.make(SECRETS, 7), {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    type: "Opaque",
    data,
  });
  assert.deepEqual(OBJECTS.make(FOOS, 7), {
    apiVersion: "example.com/v1",
    kind: "Foo",
    metadata: { name: "r1-7", labels: LABELS },
  });
});

Deno.test("without a payload there is no key for it either", () => {
  const empty = new ObjectSet({ runId: "r", namespace: "ns", labels: {}, payloadBytes: 0 });
  assert.deepEqual(empty.make(CONFIG_MAPS, 0)["data"], {});
});

Deno.test("a patch makes of one variant of the definition exactly the other", () => {
  for (const [from, to] of [["A", "B"], ["B", "A"]] as const) {
    const before = crd(from, { labels: LABELS });
    const { spec } = crdPatch(to) as { spec: Record<string, unknown> };
    const after = { ...before, spec: { ...before["spec"] as object, ...spec } };
    assert.deepEqual(after, crd(to, { labels: LABELS }));
    assert.notDeepEqual(after, before);
  }
});

Deno.test("only variant A has a column of its own", () => {
  const columnsOf = (variant: "A" | "B") => {
    const { versions } = crd(variant, { labels: {} })["spec"] as {
      versions: Record<string, unknown>[];
    };
    return versions.map((version) => version["additionalPrinterColumns"]);
  };
  assert.deepEqual(columnsOf("A"), [[{
    name: "Name",
    type: "string",
    jsonPath: ".metadata.name",
  }]]);
  assert.deepEqual(columnsOf("B"), [undefined]);
});
