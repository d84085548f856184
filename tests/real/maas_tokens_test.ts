/** What a real API server does with the tokens of ServiceAccounts that a model gateway has reviewed. */
import assert from "node:assert/strict";
import { eventually } from "./cluster_state.ts";
import { ControlPlane } from "./control_plane.ts";
import { API_SERVER_MODULE } from "./go_modules.ts";
import { Account, damaged, requestsOf, reviewStatus, reviewToken } from "./maas/accounts.ts";
import { MAAS, maasObjects, tierNamespace, TIERS } from "./maas/objects.ts";
import { requirePrograms } from "./require_control_plane.ts";

const ignore = !await requirePrograms({ modules: [API_SERVER_MODULE] });
let plane: ControlPlane;

/** Rights and namespaces of an installation, without the kinds that it has. */
const BARE = /^\/(api|apis\/rbac\.authorization\.k8s\.io)\//;

Deno.test.beforeAll(async () => {
  if (ignore) return;
  plane = await ControlPlane.start({ without: ["kcm", "scheduler", "kwok", "wardle"] });
  for (const { path, body } of maasObjects().filter(({ path }) => BARE.test(path))) {
    await plane.admin(path, { method: "POST", body });
  }
});
Deno.test.afterAll(async () => await plane?.[Symbol.asyncDispose]());

function test(name: string, body: () => Promise<void>): void {
  Deno.test(name, { ignore }, body);
}

test("a token is given for ten minutes at least, and for longer than anybody lives", async () => {
  const account = await Account.create(plane, "free", "lifetimes");
  const tooShort = await account.request({ expirationSeconds: 599 });
  assert.equal(tooShort.status, 422);
  assert.match(JSON.stringify(tooShort.body), /may not specify a duration less than 10 minutes/);
  for (const expirationSeconds of [600, 10 * 365 * 86_400, 2 ** 32]) {
    const token = await account.token({ expirationSeconds });
    const { iat, exp } = JSON.parse(
      atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")),
    );
    assert.equal(exp - iat, expirationSeconds);
  }
  assert.equal((await account.request({ expirationSeconds: 2 ** 32 + 1 })).status, 422);
});

test("a token of nobody's account is not given: 404", async () => {
  const account = await Account.create(plane, "free", "gone");
  await account.delete();
  assert.equal((await account.request()).status, 404);
});

test("a review that refuses is 201 too, and does not say `authenticated: false`: it says nothing", async () => {
  const account = await Account.create(plane, "free", "refused");
  const token = await account.token();
  const refusals: Readonly<Record<string, RegExp>> = {
    "no token at all": /^invalid bearer token$/,
    [damaged(token)]: /^\[invalid bearer token, .*error in cryptographic primitive\]$/,
    [await account.token({ audiences: ["another"] })]:
      /^\[invalid bearer token, token audiences \["another"\] is invalid for the target audiences \["maas-default-gateway-sa"\]\]$/,
  };
  for (const [refused, error] of Object.entries(refusals)) {
    const status = await reviewStatus(plane, refused);
    assert.deepEqual(Object.keys(status).sort(), ["error", "user"]);
    assert.deepEqual(status.user, {});
    assert.match(status.error!, error);
  }
  assert.equal((await reviewStatus(plane, token)).authenticated, true);
  assert.equal((await reviewToken(plane, "", [MAAS.audience])).status, 400);
});

test("audiences that are left out are the API server's own: a gateway's token is refused", async () => {
  const account = await Account.create(plane, "free", "audiences");
  const { body } = await reviewToken(plane, await account.token());
  const { status } = body as { status: { authenticated?: boolean; error: string } };
  assert.equal(status.authenticated, undefined);
  assert.match(status.error, /token audiences \["maas-default-gateway-sa"\] is invalid for/);
});

test("a review names the user, the groups of its namespace, and the token's own number only", async () => {
  const account = await Account.create(plane, "premium", "named");
  const token = await account.token();
  const { jti } = JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
  const { user, audiences } = await reviewStatus(plane, token);
  const namespace = tierNamespace("premium");
  assert.equal(user!.username, `system:serviceaccount:${namespace}:named`);
  assert.deepEqual(user!.groups, [
    "system:serviceaccounts",
    `system:serviceaccounts:${namespace}`,
    "system:authenticated",
  ]);
  assert.deepEqual(user!.extra, { "authentication.kubernetes.io/credential-id": [`JTI=${jti}`] });
  assert.deepEqual(audiences, [MAAS.audience]);
});

test("a token that was never reviewed ends with its account; one that was, ten seconds later", async () => {
  const [known, unknown] = await Promise.all(
    ["known", "unknown"].map((name) => Account.create(plane, "free", name)),
  );
  const [seen, unseen] = await Promise.all([known!.token(), unknown!.token()]);
  assert.equal((await reviewStatus(plane, seen!)).authenticated, true);
  await Promise.all([known!.delete(), unknown!.delete()]);
  const [stillBelieved, refused] = await Promise.all([
    reviewStatus(plane, seen!),
    reviewStatus(plane, unseen!),
  ]);
  assert.equal(stillBelieved.authenticated, true);
  assert.match(refused.error!, /serviceaccounts "unknown" not found/);
  // An account of the same name is another one, and asking in between keeps nothing alive.
  await known!.make();
  await eventually(
    "the end of the token",
    async () => (await reviewStatus(plane, seen!)).authenticated === undefined,
  );
  assert.match((await reviewStatus(plane, seen!)).error!, /UID .* does not match claim/);
});

test("access is given for a kind that the server does not have, with a reason; refusals have none", async () => {
  const review = async (verb: string, namespace: string) => {
    const { status } = await plane.admin<{ status: Readonly<Record<string, unknown>> }>(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      {
        method: "POST",
        body: {
          spec: {
            user: `system:serviceaccount:${namespace}:any`,
            groups: [`system:serviceaccounts:${namespace}`],
            resourceAttributes: {
              group: "serving.kserve.io",
              resource: "llminferenceservices",
              namespace: MAAS.modelNamespace,
              name: MAAS.modelService,
              verb,
            },
          },
        },
      },
    );
    return status;
  };
  for (const tier of TIERS) {
    const namespace = tierNamespace(tier);
    const { allowed, reason } = await review("post", namespace);
    const role = `${MAAS.modelService}-users`;
    assert.equal(allowed, true);
    assert.equal(
      reason,
      `RBAC: allowed by RoleBinding "${role}-${tier}/llm" of Role "${role}" to Group ` +
        `"system:serviceaccounts:${namespace}"`,
    );
    assert.deepEqual(await review("POST", namespace), { allowed: false });
  }
  assert.deepEqual(await review("post", "default"), { allowed: false });
});

test("reviews are told apart from the callers' own authentication by requests of their kind", async () => {
  const account = await Account.create(plane, "free", "counted");
  const token = await account.token();
  const before = await requestsOf(plane, "tokenreviews");
  for (let times = 0; times < 3; times += 1) await reviewStatus(plane, token);
  assert.equal(await requestsOf(plane, "tokenreviews") - before, 3);
});
