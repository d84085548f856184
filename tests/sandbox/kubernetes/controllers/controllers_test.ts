import assert from "node:assert/strict";
import { ApiUnderTest, CONFIG_MAPS } from "../api_under_test.ts";

const FINALIZER = "example.com/hold";

async function make(test: ApiUnderTest, path: string, body: unknown): Promise<string> {
  const answer = await test.ask(path, { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.status, 201, answer.body.message);
  return (answer.body.metadata as { uid: string }).uid;
}

async function release(test: ApiUnderTest, name: string): Promise<void> {
  const { status } = await test.ask(`${CONFIG_MAPS}/${name}`, {
    method: "PATCH",
    headers: new Headers({ "content-type": "application/merge-patch+json" }),
    body: JSON.stringify({ metadata: { finalizers: null } }),
  });
  assert.equal(status, 200);
}

async function isThere(test: ApiUnderTest, path: string): Promise<boolean> {
  return (await test.ask(path)).status === 200;
}

Deno.test("a namespace is emptied when its time has come", async () => {
  using test = new ApiUnderTest({ namespaceTerminationMs: 5_000 });
  await make(test, "/api/v1/namespaces", { metadata: { name: "n" } });
  await make(test, "/api/v1/namespaces/n/secrets", { metadata: { name: "s" } });
  await test.ask("/api/v1/namespaces/n", { method: "DELETE" });
  await test.clock.advance(4_999);
  assert.equal(await isThere(test, "/api/v1/namespaces/n/secrets/s"), true);
  await test.clock.advance(1);
  assert.equal(await isThere(test, "/api/v1/namespaces/n/secrets/s"), false);
  assert.equal(await isThere(test, "/api/v1/namespaces/n"), false);
});

Deno.test("a namespace's own finalizer holds it when it is empty", async () => {
  using test = new ApiUnderTest();
  await make(test, "/api/v1/namespaces", { metadata: { name: "n", finalizers: [FINALIZER] } });
  await test.ask("/api/v1/namespaces/n", { method: "DELETE" });
  await test.clock.advance(1_000);
  const { body } = await test.ask("/api/v1/namespaces/n");
  assert.deepEqual((body as unknown as { spec: unknown }).spec, {});
  const { status } = await test.ask("/api/v1/namespaces/n", {
    method: "PATCH",
    headers: new Headers({ "content-type": "application/merge-patch+json" }),
    body: JSON.stringify({ metadata: { finalizers: null } }),
  });
  assert.equal(status, 200);
  assert.equal(await isThere(test, "/api/v1/namespaces/n"), false);
});

Deno.test("the finalize path alone lets a namespace go before its content", async () => {
  using test = new ApiUnderTest();
  await make(test, "/api/v1/namespaces", { metadata: { name: "n" } });
  await test.ask("/api/v1/namespaces/n", { method: "DELETE" });
  const body = JSON.stringify({ metadata: { name: "n" }, spec: { finalizers: [] } });
  const { status } = await test.ask("/api/v1/namespaces/n/finalize", { method: "PUT", body });
  assert.equal(status, 200);
  assert.equal(await isThere(test, "/api/v1/namespaces/n"), false);
});

Deno.test("a foreground deletion waits for a dependent that something holds", async () => {
  using test = new ApiUnderTest();
  const uid = await make(test, CONFIG_MAPS, { metadata: { name: "owner" } });
  await make(test, CONFIG_MAPS, {
    metadata: {
      name: "held",
      finalizers: [FINALIZER],
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }],
    },
  });
  await test.ask(`${CONFIG_MAPS}/owner?propagationPolicy=Foreground`, { method: "DELETE" });
  assert.equal(await isThere(test, `${CONFIG_MAPS}/owner`), true);
  await release(test, "held");
  assert.equal(await isThere(test, `${CONFIG_MAPS}/held`), false);
  assert.equal(await isThere(test, `${CONFIG_MAPS}/owner`), false);
});

Deno.test("a dependent with two owners goes with the last one", async () => {
  using test = new ApiUnderTest();
  const owners = [];
  for (const name of ["one", "two"]) {
    const uid = await make(test, CONFIG_MAPS, { metadata: { name } });
    owners.push({ apiVersion: "v1", kind: "ConfigMap", name, uid });
  }
  await make(test, CONFIG_MAPS, { metadata: { name: "of-both", ownerReferences: owners } });
  await test.remove("one");
  assert.equal(await isThere(test, `${CONFIG_MAPS}/of-both`), true);
  await test.remove("two");
  assert.equal(await isThere(test, `${CONFIG_MAPS}/of-both`), false);
});
