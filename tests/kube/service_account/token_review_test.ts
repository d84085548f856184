/** Whose token it is: believed only if the server says so in words, and why not if it tells. */
import assert from "node:assert/strict";
import { reviewToken, type TokenFault } from "../../../kube/service_account/token_review.ts";
import { answering } from "./answering.ts";

const OPTIONS = { audiences: ["gw-sa"] };
const USER = {
  username: "system:serviceaccount:gw-tier-free:bench-1",
  uid: "u1",
  groups: ["system:serviceaccounts"],
  extra: { "authentication.kubernetes.io/credential-id": ["JTI=1"] },
};

Deno.test("a review names the audiences, without which the API server itself would be meant", async () => {
  const { cluster, asked } = answering({ status: {} });
  await reviewToken(cluster, "secret", OPTIONS);
  assert.deepEqual(asked, [{
    path: "POST /apis/authentication.k8s.io/v1/tokenreviews",
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token: "secret", audiences: ["gw-sa"] },
    },
  }]);
  await assert.rejects(reviewToken(cluster, "secret", { audiences: [] }), RangeError);
  await assert.rejects(reviewToken(cluster, "", OPTIONS), RangeError);
});

Deno.test("a believed token has its user and the audiences that it is for", async () => {
  const { cluster } = answering({
    status: { authenticated: true, user: USER, audiences: ["gw-sa"] },
  });
  const { extra: _, ...user } = USER;
  assert.deepEqual(await reviewToken(cluster, "secret", OPTIONS), {
    isAuthenticated: true,
    user,
    audiences: ["gw-sa"],
  });
});

/** As kube-apiserver 1.36.3 has them. */
const REFUSALS: readonly (readonly [string, TokenFault])[] = [
  ["invalid bearer token", "unknown"],
  [
    '[invalid bearer token, token audiences ["gw-sa"] is invalid for the target audiences ["other"]]',
    "audience",
  ],
  [
    "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]",
    "signature",
  ],
  ['[invalid bearer token, serviceaccounts "bench-1" not found]', "account"],
  [
    "[invalid bearer token, service account UID (u1) does not match claim (u2)]",
    "account",
  ],
  ["[invalid bearer token, service account token has expired]", "expired"],
  ["", "unknown"],
];
for (const [error, why] of REFUSALS) {
  Deno.test(`a refusal tells what is wrong with the token: ${JSON.stringify(error)}`, async () => {
    // The key authenticated is absent, and there is a user without anything.
    const { cluster } = answering({ status: { user: {}, error } });
    assert.deepEqual(await reviewToken(cluster, "secret", OPTIONS), {
      isAuthenticated: false,
      refusal: { why, text: error },
    });
  });
}

for (const status of [{ authenticated: false }, { authenticated: null }, { user: USER }]) {
  Deno.test(`only true is true: ${JSON.stringify(status)}`, async () => {
    const { cluster } = answering({ status });
    assert.equal((await reviewToken(cluster, "secret", OPTIONS)).isAuthenticated, false);
  });
}
