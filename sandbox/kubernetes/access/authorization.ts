/**
 * May this user do that? Evaluates the RBAC objects in the store, honestly, for everyone but the
 * sandbox's own administrators.
 * Source: Kubernetes, "Using RBAC Authorization"; apiserver, pkg/endpoints/filters/authorization.go.
 * @module
 */

import { forbidden } from "../answers/api_error.ts";
import type { ApiCall, ApiState, User } from "../api_state.ts";
import type { StoredObject } from "../store/stored_object.ts";

/** Members of these may do everything. */
const ALL_POWERFUL = ["sandbox:admins", "system:masters"];
const RBAC = "rbac.authorization.k8s.io";
const SERVICE_ACCOUNT = "system:serviceaccount";

/** What is asked for: something with a resource, or a path. */
export type Attributes =
  | {
    readonly verb: string;
    readonly group: string;
    /** Plural. */
    readonly resource: string;
    readonly subresource: string;
    /** Empty: the cluster. */
    readonly namespace: string;
    readonly name: string;
  }
  | { readonly verb: string; readonly path: string };

interface Decision {
  readonly isAllowed: boolean;
  /** Which grant it was. */
  readonly reason?: string;
}

interface Rule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[] | null;
}

export function decide(state: ApiState, user: User, attributes: Attributes): Decision {
  if (user.groups.some((group) => ALL_POWERFUL.includes(group))) return { isAllowed: true };
  const namespace = "path" in attributes ? "" : attributes.namespace;
  for (const binding of bindings(state, namespace)) {
    const { roleRef, subjects } = binding.fields as unknown as Binding;
    const subject = subjects?.find((one) => isSubject(one, { user, binding }));
    if (subject === undefined) continue;
    const rules = rulesOf(state, { roleRef, namespace: binding.namespace });
    if (!rules.some((rule) => grants(rule, attributes))) continue;
    return { isAllowed: true, reason: reasonText(binding, { roleRef, subject }) };
  }
  return { isAllowed: false };
}

/** `User "x" cannot list resource "pods" in API group "" in the namespace "y"`. */
export function refusalText({ username }: User, attributes: Attributes): string {
  const { verb } = attributes;
  if ("path" in attributes) return `User "${username}" cannot ${verb} path "${attributes.path}"`;
  const { group, resource, subresource, namespace } = attributes;
  const kind = subresource === "" ? resource : `${resource}/${subresource}`;
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `User "${username}" cannot ${verb} resource "${kind}" in API group "${group}" ${scope}`;
}

function* bindings({ store }: ApiState, namespace: string): Generator<StoredObject> {
  yield* store.collection(`clusterrolebindings.${RBAC}`).list();
  if (namespace !== "") yield* store.collection(`rolebindings.${RBAC}`).list(namespace);
}

function isSubject(
  { kind, name, namespace }: Subject,
  { user, binding }: { user: User; binding: StoredObject },
): boolean {
  switch (kind) {
    case "User":
      return user.username === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount":
      return user.username === [SERVICE_ACCOUNT, namespace ?? binding.namespace, name].join(":");
    default:
      return false;
  }
}

function rulesOf(
  { store }: ApiState,
  { roleRef: { kind, name }, namespace }: { roleRef: Binding["roleRef"]; namespace: string },
): readonly Rule[] {
  const role = kind === "ClusterRole"
    ? store.collection(`clusterroles.${RBAC}`).get("", name)
    : store.collection(`roles.${RBAC}`).get(namespace, name);
  return (role?.fields["rules"] ?? []) as readonly Rule[];
}

function grants(rule: Rule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if ("path" in attributes) {
    return rule.nonResourceURLs?.some((url) => coversPath(url, attributes.path)) ?? false;
  }
  const { group, resource, subresource, name } = attributes;
  const { resourceNames = [] } = rule;
  return has(rule.apiGroups, group) && coversResource(rule.resources, { resource, subresource }) &&
    (resourceNames.length === 0 || resourceNames.includes(name));
}

function has(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes("*") || values.includes(value));
}

function coversResource(
  values: readonly string[] = [],
  { resource, subresource }: { resource: string; subresource: string },
): boolean {
  if (values.includes("*")) return true;
  if (subresource === "") return values.includes(resource);
  return values.includes(`${resource}/${subresource}`) || values.includes(`*/${subresource}`);
}

function coversPath(url: string, path: string): boolean {
  return url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}

function reasonText(
  { name, namespace }: StoredObject,
  { roleRef, subject }: { roleRef: Binding["roleRef"]; subject: Subject },
): string {
  const binding = namespace === ""
    ? `ClusterRoleBinding "${name}"`
    : `RoleBinding "${name}/${namespace}"`;
  const named = subject.namespace === undefined
    ? `"${subject.name}"`
    : `"${subject.name}/${subject.namespace}"`;
  return `RBAC: allowed by ${binding} of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} ${named}`;
}

const AUTHENTICATED = "system:authenticated";

/**
 * Who a request is made as: the user, or somebody else whom the user may pretend to be.
 * Source: Kubernetes, "User impersonation"; apiserver, pkg/endpoints/filters/impersonation.go.
 * @throws {ApiError} 403
 */
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
