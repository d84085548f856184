import assert from "node:assert/strict";
import { isTrue, requestInfo } from "../../../sandbox/kubernetes/request_info.ts";

/** Method and path -> verb, group/version/plural, namespace, name, subresource. */
const RESOURCES: readonly (readonly [string, string, ...(string | undefined)[]])[] = [
  ["GET", "/api/v1/namespaces", "list", "/v1/namespaces", undefined, undefined, undefined],
  ["GET", "/api/v1/namespaces/a", "get", "/v1/namespaces", "a", "a", undefined],
  ["PUT", "/api/v1/namespaces/a/finalize", "update", "/v1/namespaces", "a", "a", "finalize"],
  ["GET", "/api/v1/namespaces/a/pods", "list", "/v1/pods", "a", undefined, undefined],
  ["GET", "/api/v1/namespaces/a/pods/", "list", "/v1/pods", "a", undefined, undefined],
  ["GET", "/api/v1/pods?watch=true", "watch", "/v1/pods", undefined, undefined, undefined],
  ["GET", "/api/v1/pods?watch=0", "list", "/v1/pods", undefined, undefined, undefined],
  ["GET", "/api/v1/watch/namespaces/a/pods", "watch", "/v1/pods", "a", undefined, undefined],
  ["GET", "/api/v1/namespaces/a/pods/p?watch=1", "get", "/v1/pods", "a", "p", undefined],
  [
    "POST",
    "/apis/apps/v1/namespaces/a/deployments",
    "create",
    "apps/v1/deployments",
    "a",
    undefined,
    undefined,
  ],
  [
    "PATCH",
    "/apis/apps/v1/namespaces/a/deployments/d/status",
    "patch",
    "apps/v1/deployments",
    "a",
    "d",
    "status",
  ],
  [
    "DELETE",
    "/apis/x.io/v1/things",
    "deletecollection",
    "x.io/v1/things",
    undefined,
    undefined,
    undefined,
  ],
  ["DELETE", "/apis/x.io/v1/things/t%2Fu", "delete", "x.io/v1/things", undefined, "t/u", undefined],
  ["TRACE", "/api/v1/pods", "", "/v1/pods", undefined, undefined, undefined],
];

for (const [method, path, ...expected] of RESOURCES) {
  Deno.test(`${method} ${path} is a ${expected[0] || "nothing"} of ${expected[1]}`, () => {
    const info = requestInfo(method, new URL(path, "http://server"));
    assert.ok("plural" in info);
    const { verb, group, version, plural, namespace, name, subresource } = info;
    const found = [verb, `${group}/${version}/${plural}`, namespace, name, subresource];
    assert.deepEqual(found, expected);
  });
}

for (const path of ["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/version"]) {
  Deno.test(`${path} is a path alone`, () => {
    assert.deepEqual(requestInfo("GET", new URL(path, "http://server")), { verb: "get", path });
  });
}

for (
  const [value, expected] of [
    ["true", true],
    ["1", true],
    ["", true],
    ["0", false],
    ["False", false],
    [null, false],
  ] as const
) {
  Deno.test(`the query value ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(isTrue(value), expected);
  });
}
