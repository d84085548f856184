import assert from "node:assert/strict";
import { PatchError, patchTypeOf } from "../../../../sandbox/kubernetes/patches/patches.ts";
import { decodedPatch, InvalidError } from "../../../../sandbox/kubernetes/validation/validate.ts";
import { resourceOf } from "../fixtures.ts";

const PLAIN = "415: Unsupported Media Type";
const LISTED =
  "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

/** Resource, Content-Type, and the type or what kube-apiserver 1.36.3 says with status 415. */
const TYPES: readonly (readonly [resource: string, contentType: string | null, result: string])[] =
  [
    ["configmaps", "application/merge-patch+json", "merge"],
    ["configmaps", "application/merge-patch+json; charset=utf-8", "merge"],
    ["configmaps", "application/json-patch+json", "json"],
    ["configmaps", "application/strategic-merge-patch+json", "strategic"],
    ["configmaps", "application/apply-patch+yaml", "apply"],
    ["configmaps", "application/json", PLAIN],
    ["configmaps", "text/plain", PLAIN],
    ["configmaps", null, PLAIN],
    ["configmaps", "toString", PLAIN],
    ["flunders.wardle.example.com", "application/strategic-merge-patch+json", "strategic"],
    [
      "customresourcedefinitions.apiextensions.k8s.io",
      "application/strategic-merge-patch+json",
      "strategic",
    ],
    ["widgets.parts.test", "application/merge-patch+json", "merge"],
    ["widgets.parts.test", "application/apply-patch+yaml", "apply"],
    ["widgets.parts.test", "application/strategic-merge-patch+json", LISTED],
    ["widgets.parts.test", "application/json", LISTED],
  ];

Deno.test("the media type says what kind of patch it is, strategic for known kinds only", () => {
  for (const [name, contentType, result] of TYPES) {
    const resource = resourceOf(name);
    if (result.length < 10) assert.equal(patchTypeOf(contentType, resource), result);
    else {
      assert.throws(() => patchTypeOf(contentType, resource), new PatchError(415, result));
    }
  }
});

/** What a patch has made of a ConfigMap, and why kube-apiserver 1.36.3 cannot read it. */
const UNREADABLE: readonly (readonly [object: object, shown: string, why: string])[] = [
  [
    { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "p" }, data: "x" },
    '{"apiVersion":"v1","data":"x","kind":"ConfigMap","metadata":{"name":"p"}}',
    "json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string",
  ],
  [
    { kind: "ConfigMap", apiVersion: "v2", metadata: { name: "p" } },
    '{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"p"}}',
    'no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
  ],
  [
    { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "p" }, foo: 1 },
    '{"apiVersion":"v1","foo":1,"kind":"ConfigMap","metadata":{"name":"p"}}',
    'strict decoding error: unknown field "foo"',
  ],
];

const DECODE = {
  resource: resourceOf("configmaps"),
  namespace: "default",
  fieldValidation: "Strict",
} as const;

Deno.test("what a patch has made unreadable is shown in full, and not as an object's fault", () => {
  for (const [object, shown, why] of UNREADABLE) {
    const cause = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
    assert.throws(() => decodedPatch({ metadata: {}, ...object }, DECODE), (thrown) => {
      assert.ok(thrown instanceof InvalidError);
      assert.equal(thrown.message, ` "" is invalid: patch: ${cause}`);
      assert.deepEqual([thrown.code, thrown.details], [422, {
        causes: [{ reason: "FieldValueInvalid", message: cause, field: "patch" }],
      }]);
      return true;
    });
  }
});

Deno.test("a name that a patch repeats is a warning, or refused with Strict", () => {
  const object = { metadata: { name: "p" }, data: { a: "2" } };
  const options = { ...DECODE, body: '{"data":{"a":"1","a":"2"}}' };
  const { warnings } = decodedPatch(object, { ...options, fieldValidation: "Warn" });
  assert.deepEqual(warnings, ['duplicate field "data.a"']);
  assert.throws(
    () => decodedPatch(object, options),
    /strict decoding error: duplicate field "data.a"$/,
  );
});
