/** API keys: one a user, made by that user, and all of them deleted again. */
import assert from "node:assert/strict";
import { CannotRunError } from "../../../../core/errors.ts";
import { SERVICE_ACCOUNTS } from "../../../../kube/resource.ts";
import { KeyServer } from "./key_server.ts";
import { provisioning, TARGET } from "./provisioning.ts";

function withKeys(server: KeyServer, subscription: string | undefined = undefined) {
  const endpoint = { ...TARGET.endpoint, origin: server.origin };
  const target = { ...TARGET, profile: "api-key" as const, endpoint, subscription };
  return provisioning({ target, lifeMs: 900_000 });
}

Deno.test("each user makes a key as itself, and shows that key and nothing else", async () => {
  await using server = new KeyServer();
  const { provision, cluster, totals, undo } = withKeys(server, "bench");
  const { all } = await provision();
  assert.deepEqual(
    all.map((user) => user.headers()[0]?.[1]).toSorted(),
    ["Bearer sk-oai-1", "Bearer sk-oai-2", "Bearer sk-oai-3"],
  );
  assert.deepEqual(all[0]?.headers()[1], ["x-maas-subscription", "bench"]);
  const { asked } = server;
  assert.equal(new Set(asked.map(({ authorization }) => authorization)).size, 3);
  for (const { call, body } of asked) {
    const { name, ...rest } = body as { name: string };
    assert.equal(call, "POST /maas-api/v1/api-keys");
    assert.match(name, /^r1-free-\d-\d$/);
    assert.deepEqual(rest, { expiresIn: "900s", subscription: "bench" });
  }
  // The token is for making the key alone, and as short as tokens can be.
  assert.deepEqual(cluster.asked.map(({ expirationSeconds }) => expirationSeconds), [
    600,
    600,
    600,
  ]);
  assert.equal(totals().operation("createKey", { tier: "free" })?.ok, 3);
  assert.deepEqual(await undo(), []);
});

Deno.test("keys are deleted by their owners before these go", async () => {
  await using server = new KeyServer();
  const { provision, cluster, undo } = withKeys(server);
  await provision();
  let left = 0;
  cluster.onCall = (call) => {
    if (call.startsWith("delete serviceaccounts")) left = Math.max(left, server.keys.size);
  };
  assert.deepEqual(await undo(), []);
  assert.deepEqual([server.keys.size, left, cluster.keys(SERVICE_ACCOUNTS).length], [0, 0, 0]);
});

Deno.test("who is cleared away takes the key along", async () => {
  await using server = new KeyServer();
  const { users: unmade, run, undo } = withKeys(server);
  const users = await unmade();
  await users.grow(run, { tier: "free", count: 2 });
  assert.equal(server.keys.size, 2);
  await users.clear();
  assert.equal(server.keys.size, 0);
  assert.deepEqual(await undo(), []);
});

Deno.test("whose key cannot be deleted now stays until the end, and then both go", async () => {
  await using server = new KeyServer();
  const { users: unmade, run, cluster, undo } = withKeys(server);
  const users = await unmade();
  await users.grow(run, { tier: "free", count: 1 });
  server.refuse = (call) =>
    call.startsWith("DELETE") ? { answer: new Response(null, { status: 503 }) } : undefined;
  await users.clear();
  assert.deepEqual([server.keys.size, cluster.keys(SERVICE_ACCOUNTS).length], [1, 1]);
  server.refuse = () => undefined;
  assert.deepEqual(await undo(), []);
  assert.deepEqual([server.keys.size, cluster.keys(SERVICE_ACCOUNTS).length], [0, 0]);
});

Deno.test("a refused key is one line without a secret, and nothing is left", async () => {
  await using server = new KeyServer();
  const echo = JSON.stringify({ error: "who is secret-1 or sk-oai-1?" });
  server.refuse = (call) =>
    call.startsWith("POST") ? { answer: new Response(echo, { status: 403 }) } : undefined;
  const { provision, undo } = withKeys(server);
  await assert.rejects(provision(), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.equal(
      error.message,
      "Cannot make 3 users, only 0: Cannot POST /maas-api/v1/api-keys: answered 403",
    );
    return true;
  });
  assert.deepEqual(await undo(), []);
});

for (const answer of ["", "{}", `{"key":"sk-oai-1"}`, `{"id":"1","key":`]) {
  Deno.test(`no key comes of ${JSON.stringify(answer)}, and what may be left is told`, async () => {
    await using server = new KeyServer();
    server.refuse = (call) =>
      call.startsWith("POST") ? { answer: new Response(answer), isLate: true } : undefined;
    const { provision, undo } = withKeys(server);
    await assert.rejects(provision(), (error) => {
      assert.ok(error instanceof CannotRunError);
      assert.match(error.message, /it is no API key with an id$/);
      assert.doesNotMatch(error.message, /sk-oai/);
      return true;
    });
    const [left] = await undo();
    assert.match(String(left?.error), /\d API keys may be left, e\.g\. r1-free-\d-\d; they expire/);
  });
}

Deno.test("a key that is gone already is no failure of deleting it", async () => {
  await using server = new KeyServer();
  const { provision, undo } = withKeys(server);
  await provision();
  server.keys.clear();
  assert.deepEqual(await undo(), []);
});
