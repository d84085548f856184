import assert from "node:assert/strict";
import { SteveUnderTest } from "../steve_under_test.ts";

const ACCOUNT = { username: "admin", password: "correct", token: "token-abcde:secret" };
const GIVEN = { username: "admin", password: "correct", responseType: "cookie" };
const V1 = "/v1-public/login";
const V3 = "/v3-public/localProviders/local?action=login";

async function statusOf(answer: Response | Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

Deno.test("nobody gets in without a token, whichever way", async () => {
  await using steve = await SteveUnderTest.start({ login: ACCOUNT });
  const answer = await steve.get("/v1/configmaps");
  assert.deepEqual([answer.status, await answer.text()], [
    401,
    '{"type":"error","status":"401","message":"must authenticate"}',
  ]);
  await assert.rejects(steve.open(), /401/);
  await assert.rejects(steve.open({ cookie: "R_SESS=token-abcde:wrong" }), /401/);
});

Deno.test("a token gets in as bearer and as cookie, and a wrong bearer spoils a right cookie", async () => {
  await using steve = await SteveUnderTest.start({ login: ACCOUNT });
  const cookie = `CSRF=x; R_SESS=${ACCOUNT.token}`;
  const authorization = `Bearer ${ACCOUNT.token}`;
  assert.equal(await statusOf(steve.get("/v1/configmaps", { cookie })), 200);
  assert.equal(await statusOf(steve.get("/v1/configmaps", { authorization })), 200);
  const both = { cookie, authorization: "Bearer x" };
  assert.equal(await statusOf(steve.get("/v1/configmaps", both)), 401);
  await using watcher = await steve.open({ cookie });
  await watcher.subscribe({ resourceType: "configmaps" });
});

for (const [path, body] of [[V1, { type: "localProvider", ...GIVEN }], [V3, GIVEN]] as const) {
  Deno.test(`who logs in at ${path} has a cookie that is good`, async () => {
    await using steve = await SteveUnderTest.start({ login: ACCOUNT });
    const answer = await steve.post(path, body);
    assert.deepEqual([answer.status, await answer.text()], [200, ""]);
    const set = answer.headers.get("set-cookie") ?? "";
    const [cookie = ""] = set.split(";");
    assert.match(set, /^R_SESS=token-[a-z0-9]{5}:[a-z0-9]{54}; Path=\/; HttpOnly; Secure$/);
    assert.equal(await statusOf(steve.get("/v1/configmaps", { cookie })), 200);
  });

  Deno.test(`who asks ${path} for JSON has the token in it`, async () => {
    await using steve = await SteveUnderTest.start({ login: ACCOUNT });
    const answer = await steve.post(path, { ...body, responseType: "json" });
    assert.equal(answer.status, 201);
    const { token, type } = await answer.json() as { token: string; type: string };
    assert.equal(type, "token");
    const authorization = `Bearer ${token}`;
    assert.equal(await statusOf(steve.get("/v1/configmaps", { authorization })), 200);
  });

  Deno.test(`a wrong password at ${path} is 401`, async () => {
    await using steve = await SteveUnderTest.start({ login: ACCOUNT });
    assert.equal(await statusOf(steve.post(path, { ...body, password: "wrong" })), 401);
  });
}

Deno.test("a Rancher that has only the old path answers 404 at the new one", async () => {
  const account = { ...ACCOUNT, paths: ["v3-public"] } as const;
  await using steve = await SteveUnderTest.start({ login: account });
  assert.equal(await statusOf(steve.post(V1, { type: "localProvider", ...GIVEN })), 404);
  assert.equal(await statusOf(steve.post(V3, GIVEN)), 200);
});
