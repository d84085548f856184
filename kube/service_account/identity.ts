/**
 * Who is a service account for those who decide what it may?
 * Source: Kubernetes, apiserver, pkg/authentication/serviceaccount/util.go.
 * @module
 */

import type { ObjectRef } from "../object.ts";
import type { User } from "../server/access.ts";

/** Its name as a user, and the groups that every account of its namespace is in. */
export function userOf({ namespace = "default", name }: ObjectRef): User {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      "system:serviceaccounts",
      `system:serviceaccounts:${namespace}`,
      "system:authenticated",
    ],
  };
}
