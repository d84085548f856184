import assert from "node:assert/strict";
import { reviewedAudiences } from "../../../kube/kuadrant/auth_policy.ts";

function audiencesOf(spec: unknown): readonly string[] | undefined {
  return reviewedAudiences({ metadata: { name: "p" }, spec });
}

Deno.test("audiences are those of all token reviews, wherever in the policy they are, each once", () => {
  const review = (...audiences: unknown[]) => ({ kubernetesTokenReview: { audiences } });
  const rules = { authentication: { a: review("x", "y"), b: review("y", 7) } };
  for (const spec of [{ rules }, { defaults: { rules } }, { overrides: { rules } }]) {
    assert.deepEqual(audiencesOf(spec), ["x", "y"]);
  }
});

Deno.test("a review for no audience in particular is one, and other ways to know users are none", () => {
  const authentication = (rule: unknown) => ({ rules: { authentication: { a: rule } } });
  assert.deepEqual(audiencesOf(authentication({ kubernetesTokenReview: {} })), []);
  assert.equal(audiencesOf(authentication({ apiKey: {} })), undefined);
  for (const spec of [undefined, {}, { rules: null }, { rules: { authentication: [] } }]) {
    assert.equal(audiencesOf(spec), undefined);
  }
});
