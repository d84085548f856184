import assert from "node:assert/strict";
import { ApiUnderTest, CONFIG_MAPS } from "./api_under_test.ts";

const NOBODY = { username: "nobody", groups: ["system:authenticated"] };

Deno.test("only who may impersonate somebody is taken for somebody else", async () => {
  using test = new ApiUnderTest();
  const headers = new Headers({ "impersonate-user": "bob", "impersonate-group": "g" });
  const bob = await test.ask(CONFIG_MAPS, { headers });
  assert.match(bob.body.message!, /User "bob" cannot list resource "configmaps"/);
  const refused = await test.ask(CONFIG_MAPS, { headers, user: NOBODY });
  assert.equal(
    refused.body.message,
    'users "bob" is forbidden: User "nobody" cannot impersonate resource "users" in API group "" at the ' +
      "cluster scope",
  );
});

for (
  const [accept, kind] of [
    [null, "ConfigMapList"],
    ["*/*", "ConfigMapList"],
    ["application/vnd.kubernetes.protobuf,application/json", "ConfigMapList"],
    ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "Table"],
    [
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      "PartialObjectMetadataList",
    ],
  ] as const
) {
  Deno.test(`Accept: ${accept} is answered with a ${kind}`, async () => {
    using test = new ApiUnderTest();
    const headers = new Headers(accept === null ? {} : { accept });
    assert.equal((await test.ask(CONFIG_MAPS, { headers })).body.kind, kind);
  });
}

Deno.test("what cannot be had is not acceptable", async () => {
  using test = new ApiUnderTest();
  const headers = new Headers({ accept: "application/vnd.kubernetes.protobuf" });
  const { status, body } = await test.ask(CONFIG_MAPS, { headers });
  assert.deepEqual([status, body.reason], [406, "NotAcceptable"]);
});

Deno.test("only the first table of a watch has columns", async () => {
  using test = new ApiUnderTest();
  await test.create("a");
  await test.create("b");
  const answer = await test.send(`${CONFIG_MAPS}?watch=1&timeoutSeconds=1&labelSelector=made`, {
    headers: new Headers({ accept: "application/json;as=Table;v=v1;g=meta.k8s.io" }),
  });
  await test.clock.advance(1_000);
  const tables = (await answer.text()).trimEnd().split("\n").map((line) => JSON.parse(line).object);
  assert.deepEqual(tables.map(({ columnDefinitions }) => columnDefinitions !== null), [
    true,
    false,
  ]);
});

for (const probe of ["healthz", "livez", "readyz"]) {
  Deno.test(`/${probe} is ok`, async () => {
    using test = new ApiUnderTest();
    assert.equal(await (await test.send(`/${probe}`)).text(), "ok");
    const verbose = await (await test.send(`/${probe}?verbose`)).text();
    assert.equal(verbose, `[+]ping ok\n${probe} check passed\n`);
  });
}

Deno.test("the endpoints of the API server are where it was told that it listens", async () => {
  using test = new ApiUnderTest({ endpoint: { address: "127.0.0.1", port: 6443 } });
  const { body } = await test.ask(
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=kubernetes",
  );
  const [slice] = body.items as unknown as Record<string, unknown>[];
  assert.deepEqual(slice!["endpoints"], [{
    addresses: ["127.0.0.1"],
    conditions: { ready: true },
  }]);
  assert.deepEqual(slice!["ports"], [{ name: "https", protocol: "TCP", port: 6443 }]);
});

Deno.test("times are the clock's, in whole seconds", async () => {
  using test = new ApiUnderTest();
  await test.clock.advance(61_234);
  const { metadata } = await test.create("a");
  assert.equal(
    (metadata as { creationTimestamp?: string }).creationTimestamp,
    "2026-01-01T00:01:01Z",
  );
});

Deno.test("the same seed makes the same cluster", async () => {
  const uids = async () => {
    using test = new ApiUnderTest();
    const { body } = await test.ask("/api/v1/namespaces");
    return body.items!.map(({ metadata }) => (metadata as { uid?: string }).uid);
  };
  assert.deepEqual(await uids(), await uids());
});
