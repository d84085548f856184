/** A service account's token: what is asked for, and what the server grants. */
import assert from "node:assert/strict";
import { requestToken } from "../../../kube/service_account/token_request.ts";
import { UnusableAnswerError } from "../../../kube/status_error.ts";
import { answering } from "./answering.ts";

const REF = { namespace: "gw-tier-free", name: "bench-1" };
const WISH = { audiences: ["gw-sa"], lifeMs: 600_000 };
const PATH = "POST /api/v1/namespaces/gw-tier-free/serviceaccounts/bench-1/token";
const STATUS = { token: "secret", expirationTimestamp: "2026-01-01T00:10:00Z" };

Deno.test("a token is asked for with its audiences and whole seconds of life", async () => {
  const { cluster, asked } = answering({ status: STATUS });
  await requestToken(cluster, REF, { ...WISH, lifeMs: 600_001 });
  assert.deepEqual(asked, [{
    path: PATH,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: ["gw-sa"], expirationSeconds: 601 },
    },
  }]);
});

Deno.test("how long it is good is told by the server's own calendar alone", async () => {
  const metadata = { name: "bench-1", creationTimestamp: "2026-01-01T00:00:30Z" };
  const { cluster } = answering({ metadata, status: STATUS });
  assert.deepEqual(await requestToken(cluster, REF, WISH), {
    token: "secret",
    expires: new Date("2026-01-01T00:10:00Z"),
    lifeMs: 570_000,
  });
});

for (const metadata of [undefined, null, {}, { creationTimestamp: null }]) {
  Deno.test(`without a time of signing there is no life: ${JSON.stringify(metadata)}`, async () => {
    const { cluster } = answering({ metadata, status: STATUS });
    assert.equal((await requestToken(cluster, REF, WISH)).lifeMs, undefined);
  });
}

for (
  const status of [undefined, { ...STATUS, token: "" }, { ...STATUS, expirationTimestamp: "soon" }]
) {
  Deno.test(`no token comes of ${JSON.stringify(status)}, and none is quoted`, async () => {
    const { cluster } = answering({ kind: "TokenRequest", status });
    await assert.rejects(requestToken(cluster, REF, WISH), (error) => {
      assert.ok(error instanceof UnusableAnswerError);
      assert.ok(error.message.includes(PATH));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
