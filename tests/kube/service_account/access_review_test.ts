/** What another may do, asked as that user with its groups. */
import assert from "node:assert/strict";
import { reviewAccess } from "../../../kube/service_account/access_review.ts";
import { userOf } from "../../../kube/service_account/identity.ts";
import { answering } from "./answering.ts";

const ACCESS = {
  verb: "post",
  group: "serving.kserve.io",
  resource: "llminferenceservices",
  namespace: "llm",
  name: "opt",
};

Deno.test("a service account is asked about with the groups of its namespace", async () => {
  const { cluster, asked } = answering({ status: { allowed: true, reason: "RBAC: allowed" } });
  const user = userOf({ namespace: "gw-tier-free", name: "bench-1" });
  assert.deepEqual(await reviewAccess(cluster, user, { access: ACCESS }), {
    isAllowed: true,
    reason: "RBAC: allowed",
  });
  assert.deepEqual(asked, [{
    path: "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "system:serviceaccount:gw-tier-free:bench-1",
        groups: [
          "system:serviceaccounts",
          "system:serviceaccounts:gw-tier-free",
          "system:authenticated",
        ],
        resourceAttributes: ACCESS,
      },
    },
  }]);
});

Deno.test("a refusal without a reason has none", async () => {
  const { cluster } = answering({ status: { allowed: false } });
  const user = userOf({ namespace: "gw-tier-free", name: "bench-1" });
  assert.deepEqual(await reviewAccess(cluster, user, { access: ACCESS }), {
    isAllowed: false,
    reason: "",
  });
});
