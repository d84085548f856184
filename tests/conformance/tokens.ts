/**
 * What is a token of a ServiceAccount, and what does the server say of one that it is shown?
 * @module
 */

import assert from "node:assert/strict";
import { ask, eventually, post } from "./asking.ts";
import type { Asker, Behaviour } from "./subject.ts";

const AUTHENTICATION = "authentication.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const AUDIENCE = "gateway-sa";

interface TokenSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
}

interface Issued {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Required<TokenSpec>;
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

function accountsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts`;
}

function askToken(subject: Asker, account: string, spec: TokenSpec) {
  const body = { apiVersion: AUTHENTICATION, kind: "TokenRequest", spec };
  return ask(subject, `${account}/token`, { method: "POST", body });
}

/** Makes the account, whose uid is told as well. */
async function issue(
  subject: Asker,
  namespace: string,
  { name = "user", ...spec }: TokenSpec & { readonly name?: string } = {},
): Promise<Issued & { readonly uid: string }> {
  const accounts = accountsOf(namespace);
  const { metadata: { uid } } = await post(subject, accounts, { metadata: { name } });
  const { status, body } = await askToken(subject, `${accounts}/${name}`, {
    audiences: [AUDIENCE],
    ...spec,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return { ...body as Issued, uid };
}

async function review(
  subject: Asker,
  token: string,
  audiences: readonly string[] | undefined = [AUDIENCE],
): Promise<{ status: number; said: Record<string, unknown>; message: unknown }> {
  const { status, body } = await ask(subject, `/apis/${AUTHENTICATION}/tokenreviews`, {
    method: "POST",
    body: { apiVersion: AUTHENTICATION, kind: "TokenReview", spec: { token, audiences } },
  });
  const { status: said, message } = body as { status: Record<string, unknown>; message: unknown };
  return { status, said, message };
}

function partOf(token: string, index: number): Record<string, unknown> {
  const text = token.split(".")[index]!.replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(text));
}

/** The same claims, and a signature that does not fit. */
function damaged(token: string): string {
  const middle = token.lastIndexOf(".") + 20;
  return token.slice(0, middle) + (token[middle] === "A" ? "B" : "A") + token.slice(middle + 1);
}

const ISSUING: readonly Behaviour[] = [
  {
    name: "a token is a signed one, and says whose and for whom it is",
    check: async (subject, namespace) => {
      const { kind, apiVersion, metadata, spec, status, uid } = await issue(subject, namespace);
      assert.deepEqual([kind, apiVersion], ["TokenRequest", AUTHENTICATION]);
      assert.deepEqual([metadata["name"], metadata["namespace"], metadata["uid"]], [
        "user",
        namespace,
        uid,
      ]);
      assert.deepEqual([spec.audiences, spec.expirationSeconds], [[AUDIENCE], 3600]);
      assert.deepEqual(Object.keys(partOf(status.token, 0)), ["alg", "kid"]);
      const claims = partOf(status.token, 1);
      assert.deepEqual(Object.keys(claims).sort(), [
        "aud",
        "exp",
        "iat",
        "iss",
        "jti",
        "kubernetes.io",
        "nbf",
        "sub",
      ]);
      assert.deepEqual(claims["aud"], [AUDIENCE]);
      assert.equal(claims["sub"], `system:serviceaccount:${namespace}:user`);
      assert.deepEqual(claims["kubernetes.io"], {
        namespace,
        serviceaccount: { name: "user", uid },
      });
      assert.equal(Number(claims["exp"]) - Number(claims["iat"]), 3600);
      assert.equal(Number(claims["exp"]) * 1_000, Date.parse(status.expirationTimestamp));
    },
  },
  ...([
    [599, "Invalid value: 599: may not specify a duration less than 10 minutes"],
    [
      2 ** 32 + 1,
      "Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
    ],
  ] as const).map(([expirationSeconds, why]): Behaviour => ({
    name: `a token for ${expirationSeconds} s is not given`,
    check: async (subject, namespace) => {
      const { status, body } = await askToken(subject, `${accountsOf(namespace)}/default`, {
        expirationSeconds,
      });
      assert.equal(status, 422);
      const { message } = body as { message: string };
      assert.equal(
        message,
        `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: ${why}`,
      );
    },
  })),
  {
    name: "a lifetime of years is given in full",
    check: async (subject, namespace) => {
      const expirationSeconds = 10 * 365 * 86_400;
      const { spec, status } = await issue(subject, namespace, { expirationSeconds });
      assert.equal(spec.expirationSeconds, expirationSeconds);
      const { exp, iat } = partOf(status.token, 1);
      assert.equal(Number(exp) - Number(iat), expirationSeconds);
    },
  },
  {
    name: "an account that is not there has no token",
    check: async (subject, namespace) => {
      const { status, body } = await askToken(subject, `${accountsOf(namespace)}/absent`, {});
      assert.equal(status, 404);
      assert.equal((body as { message: string }).message, 'serviceaccounts "absent" not found');
    },
  },
];

const REVIEWING: readonly Behaviour[] = [
  {
    name: "a review of a good token tells who it is, and nothing of tokens but its id",
    check: async (subject, namespace) => {
      const { status: { token }, uid } = await issue(subject, namespace, {
        audiences: [AUDIENCE, "other"],
      });
      const { status, said } = await review(subject, token);
      assert.equal(status, 201);
      assert.deepEqual(said, {
        authenticated: true,
        user: {
          username: `system:serviceaccount:${namespace}:user`,
          uid,
          groups: [
            "system:serviceaccounts",
            `system:serviceaccounts:${namespace}`,
            "system:authenticated",
          ],
          extra: {
            "authentication.kubernetes.io/credential-id": [`JTI=${partOf(token, 1)["jti"]}`],
          },
        },
        audiences: [AUDIENCE],
      });
    },
  },
  {
    name: "of garbage a review says that it is invalid, and leaves `authenticated` out",
    check: async (subject) => {
      const { status, said } = await review(subject, "garbage");
      assert.equal(status, 201);
      assert.deepEqual(said, { user: {}, error: "invalid bearer token" });
    },
  },
  {
    name: "a signature that does not fit is told",
    check: async (subject, namespace) => {
      const { status: { token } } = await issue(subject, namespace);
      const { said } = await review(subject, damaged(token));
      assert.deepEqual(said, {
        user: {},
        error: "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]",
      });
    },
  },
  {
    name: "a token for somebody else is refused, with both audiences",
    check: async (subject, namespace) => {
      const { status: { token } } = await issue(subject, namespace);
      const { said } = await review(subject, token, ["a", "b"]);
      assert.deepEqual(said, {
        user: {},
        error: `[invalid bearer token, token audiences ["${AUDIENCE}"] is invalid for the target ` +
          'audiences ["a" "b"]]',
      });
    },
  },
  {
    name: "a review without audiences means the API server's own",
    check: async (subject, namespace) => {
      const { status: { token } } = await issue(subject, namespace);
      const { said } = await review(subject, token, []);
      assert.equal(said["authenticated"], undefined);
      assert.match(String(said["error"]), /is invalid for the target audiences/);
      const own = await issue(subject, namespace, { name: "own", audiences: [] });
      const good = await review(subject, own.status.token, []);
      assert.equal(good.said["authenticated"], true);
      assert.deepEqual(good.said["audiences"], own.spec.audiences);
    },
  },
  {
    name: "a review of no token is a bad request",
    check: async (subject) => {
      const { status, message } = await review(subject, "");
      assert.equal(status, 400);
      assert.equal(message, "token is required for TokenReview in authentication");
    },
  },
  {
    name: "a token that was never reviewed is worth nothing once its account is gone",
    check: async (subject, namespace) => {
      const { status: { token }, uid } = await issue(subject, namespace);
      const path = `${accountsOf(namespace)}/user`;
      await ask(subject, path, { method: "DELETE" });
      await eventually("the account's end", async () => {
        const { said } = await review(subject, token);
        return said["error"] === '[invalid bearer token, serviceaccounts "user" not found]';
      });
      const again = await post(subject, accountsOf(namespace), { metadata: { name: "user" } });
      await eventually("the new account", async () => {
        const { said } = await review(subject, token);
        return said["error"] ===
          `[invalid bearer token, service account UID (${again.metadata.uid}) ` +
            `does not match claim (${uid})]`;
      });
    },
  },
  {
    name: "a token that was reviewed a moment ago is believed although its account is gone",
    check: async (subject, namespace) => {
      const { status: { token } } = await issue(subject, namespace);
      assert.equal((await review(subject, token)).said["authenticated"], true);
      await ask(subject, `${accountsOf(namespace)}/user`, { method: "DELETE" });
      assert.equal((await review(subject, token)).said["authenticated"], true);
    },
  },
];

const MODEL = { group: "serving.kserve.io", resource: "llminferenceservices", name: "opt" };

async function mayAsk(
  subject: Asker,
  { namespace, verb, group }: { namespace: string; verb: string; group: string },
): Promise<unknown> {
  const { status, body } = await ask(
    subject,
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      method: "POST",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user: `system:serviceaccount:${namespace}:user`,
          groups: [group],
          resourceAttributes: { ...MODEL, namespace, verb },
        },
      },
    },
  );
  assert.equal(status, 201);
  return (body as { status: unknown }).status;
}

const ACCESS_TO_MODELS: readonly Behaviour[] = [{
  name: "a role allows a verb of its own on a kind that nobody has defined, in its own letters",
  check: async (subject, namespace) => {
    const group = `system:serviceaccounts:${namespace}`;
    const asked = { namespace, verb: "post", group };
    assert.deepEqual(await mayAsk(subject, asked), { allowed: false });
    await post(subject, `${RBAC}/namespaces/${namespace}/roles`, {
      metadata: { name: "asker" },
      rules: [{
        apiGroups: [MODEL.group],
        resources: [MODEL.resource],
        resourceNames: [MODEL.name],
        verbs: ["post"],
      }],
    });
    await post(subject, `${RBAC}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: "askers" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "asker" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
    });
    const reason = `RBAC: allowed by RoleBinding "askers/${namespace}" of Role "asker" to ` +
      `Group "${group}"`;
    await eventually("the grant", async () => {
      const said = await mayAsk(subject, asked) as { reason?: string };
      return said.reason === reason;
    });
    assert.deepEqual(await mayAsk(subject, { ...asked, verb: "POST" }), { allowed: false });
    assert.deepEqual(await mayAsk(subject, { ...asked, group: "others" }), { allowed: false });
  },
}];

export const TOKENS: readonly Behaviour[] = [...ISSUING, ...REVIEWING, ...ACCESS_TO_MODELS];
