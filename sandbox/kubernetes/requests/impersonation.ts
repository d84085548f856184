/**
 * Who is a request made as? The user, or somebody else whom the user may pretend to be.
 * Source: Kubernetes, "User impersonation"; apiserver, pkg/endpoints/filters/impersonation.go.
 * @module
 */

import type { ApiCall, User } from "../api_call.ts";
import { forbidden } from "../answers/api_error.ts";
import type { ApiState } from "../api_state.ts";
import { decide, refusalText } from "../access/authorization.ts";

const AUTHENTICATED = "system:authenticated";

/** @throws {ApiError} 403 */
export function impersonated(state: ApiState, { headers, user }: ApiCall): User {
  const username = headers.get("impersonate-user");
  if (username === null) return user;
  const groups = (headers.get("impersonate-group") ?? "").split(/,\s*/)
    .filter((group) => group !== "");
  requireImpersonation(state, user, { resource: "users", name: username });
  for (const name of groups) requireImpersonation(state, user, { resource: "groups", name });
  return { username, groups: [...groups, AUTHENTICATED] };
}

function requireImpersonation(
  state: ApiState,
  user: User,
  { resource, name }: { resource: string; name: string },
): void {
  const attributes = {
    verb: "impersonate",
    group: "",
    resource,
    subresource: "",
    namespace: "",
    name,
  };
  if (decide(state, user, attributes).isAllowed) return;
  const kind = { group: "", plural: resource, version: "v1", kind: "", namespaced: false };
  throw forbidden(kind, { name, why: refusalText(user, attributes) });
}
