import assert from "node:assert/strict";
import type { KubeObject } from "../../../../kube/object.ts";
import { type Patch, patched, PatchError } from "../../../../sandbox/kubernetes/patches/patches.ts";
import { resourceOf } from "../fixtures.ts";

const CONFIG_MAPS = resourceOf("configmaps");

const CURRENT: KubeObject = {
  metadata: { name: "jp", labels: { a: "b" }, finalizers: ["x.io/a", "x.io/b"] },
  data: { a: "1", b: "2" },
};

interface Parts {
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
}

/** Operations on CURRENT, and the result of kube-apiserver 1.36.3 or its status and message. */
const OPERATIONS: readonly (readonly [operations: unknown, result: Parts | string])[] = [
  [[], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [null, {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "add", path: "/data/c", value: "3" }], {
    data: { a: "1", b: "2", c: "3" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "add", path: "/data/c" }], {
    data: { a: "1", b: "2", c: "" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "remove", path: "/data/x" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "remove", path: "/data/a" }], {
    data: { b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "remove", path: "/nope/x" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "replace", path: "/data/x", value: "1" }], {
    data: { a: "1", b: "2", x: "1" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "replace", path: "/nope/x", value: "1" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "replace", path: "/data/a", value: "9" }], {
    data: { a: "9", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "test", path: "/data/a", value: "1" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "test", path: "/data/a", value: "2" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [{ op: "test", path: "/data/x", value: "2" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "test", path: "/data/x", value: null }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "test", path: "/metadata/labels", value: { a: "b" } }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "move", from: "/data/a", path: "/data/c" }], {
    data: { b: "2", c: "1" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "move", from: "/data/x", path: "/data/c" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "copy", from: "/data/a", path: "/data/c" }], {
    data: { a: "1", b: "2", c: "1" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [[{ op: "copy", from: "/data/x", path: "/data/c" }], {
    data: { a: "1", b: "2", c: "" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "copy", path: "/data/c" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [{ op: "add", path: "/nope/c", value: "3" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [{ op: "add", path: "/data/a/b", value: "x" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "add", path: "/metadata/finalizers/-", value: "x.io/c" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b", "x.io/c"],
  }],
  [[{ op: "add", path: "/metadata/finalizers/0", value: "x.io/z" }, {
    op: "remove",
    path: "/metadata/finalizers/1",
  }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/z", "x.io/b"],
  }],
  [[{ op: "add", path: "/metadata/finalizers/2", value: "x.io/c" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/b", "x.io/c"],
  }],
  [
    [{ op: "add", path: "/metadata/finalizers/3", value: "x.io/c" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [{ op: "remove", path: "/metadata/finalizers/2" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "remove", path: "/metadata/finalizers/-1" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a"],
  }],
  [[{ op: "replace", path: "/metadata/finalizers/01", value: "x.io/q" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b" },
    finalizers: ["x.io/a", "x.io/q"],
  }],
  [
    [{ op: "replace", path: "/metadata/finalizers/2", value: "x.io/q" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [{ op: "add", path: "/metadata/finalizers/x", value: "x.io/b" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "add", path: "/metadata/labels/x.io~1y", value: "3" }], {
    data: { a: "1", b: "2" },
    labels: { a: "b", "x.io/y": "3" },
    finalizers: ["x.io/a", "x.io/b"],
  }],
  [
    [{ op: "x", path: "/data" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [[{ op: "add" }], "422 the server rejected our request due to an error in our request"],
  [[{}], "422 the server rejected our request due to an error in our request"],
  [
    [{ op: "remove", path: "" }],
    "422 the server rejected our request due to an error in our request",
  ],
  [
    [1],
    "400 error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp",
  ],
  [
    "x",
    "400 error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp",
  ],
  [
    {},
    "400 error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  ],
  [[{ op: "add", path: "/data/c", value: "3" }, {
    op: "test",
    path: "/data/c",
    value: "4",
  }], "422 the server rejected our request due to an error in our request"],
];

/** Bodies that are no merge patch, and what kube-apiserver 1.36.3 says of them. */
const NO_MERGE_PATCH: readonly (readonly [body: unknown, refusal: string])[] = [[
  "x",
  "400 error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}",
], [
  [],
  "400 error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
], [
  1,
  "400 error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}",
], [null, "400 Invalid JSON Patch"]];

/** Source: RFC 7396, appendix A. */
const MERGES: readonly (readonly [target: unknown, patch: unknown, result: unknown])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

function afterPatch(type: Patch["type"], body: unknown, current = CURRENT): KubeObject {
  return patched(current, {
    type,
    body,
    fieldManager: "test",
    force: false,
    resource: CONFIG_MAPS,
    time: "2026-01-01T00:00:00Z",
  });
}

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof PatchError, String(thrown));
    return `${thrown.code} ${thrown.message}`;
  }
  assert.fail("it was accepted");
}

Deno.test("a JSON patch makes what the real server makes, or is refused as there", () => {
  for (const [operations, expected] of OPERATIONS) {
    const what = JSON.stringify(operations);
    if (typeof expected === "string") {
      assert.equal(refusalOf(() => afterPatch("json", operations)), expected, what);
      continue;
    }
    const { metadata, data } = afterPatch("json", operations);
    // The server reads null as the empty text.
    const texts = Object.entries(data as object).map(([key, value]) => [key, value ?? ""]);
    assert.deepEqual(
      {
        data: Object.fromEntries(texts),
        labels: metadata.labels,
        finalizers: metadata.finalizers,
      },
      expected,
      what,
    );
  }
});

Deno.test("a JSON patch that fails half way has changed nothing", () => {
  const before = structuredClone(CURRENT);
  for (const [operations, expected] of OPERATIONS) {
    if (typeof expected !== "string") continue;
    refusalOf(() => afterPatch("json", operations));
    assert.deepEqual(CURRENT, before);
  }
});

Deno.test("a JSON patch has at most 10000 operations", () => {
  const operations = (count: number) =>
    Array.from({ length: count }, () => ({ op: "test", path: "/data/a", value: "1" }));
  assert.deepEqual(afterPatch("json", operations(10_000)), CURRENT);
  assert.equal(
    refusalOf(() => afterPatch("json", operations(10_001))),
    "413 Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
  );
});

Deno.test("a merge patch makes what RFC 7396 says", () => {
  for (const [target, patch, result] of MERGES) {
    const current = { ...target as object, metadata: {} };
    const expected = { ...result as object, metadata: {} };
    assert.deepEqual(afterPatch("merge", patch, current), expected, JSON.stringify(patch));
  }
});

Deno.test("what is no merge patch is refused with the words of the real server", () => {
  for (const [body, expected] of NO_MERGE_PATCH) {
    assert.equal(refusalOf(() => afterPatch("merge", body)), expected);
  }
});
