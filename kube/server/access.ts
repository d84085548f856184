/**
 * Who are we for the API server, and may we do what the run is about to do? Asks beforehand, so that
 * a missing permission is one line with its remedy and not a run full of refusals. Grants nothing.
 * @module
 */

import * as z from "zod";
import { CannotRunError } from "../../core/errors.ts";
import { NAME } from "../../core/version.ts";
import type { CallOptions, Cluster } from "../cluster.ts";
import { eachAtMost } from "../each_at_most.ts";
import type { NeededRight } from "../kubernetes_command.ts";
import { type Resource, resourceName } from "../resource.ts";
import { isForbidden, isNotFound } from "../status_error.ts";
import { postReview } from "./post_review.ts";

export interface Permission {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`. */
  readonly verb: string;
  readonly resource: Resource;
  /** Absent for a namespaced resource: in all namespaces. */
  readonly namespace?: string;
  readonly subresource?: string;
  /** Absent: whatever the name. */
  readonly name?: string;
}

/** As the API server sees us after authentication and impersonation. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  /** Absent where the authenticator gives none. */
  readonly uid?: string;
}

const REVIEWS_AT_ONCE = 8;
/** A caller without credentials, or with none that the server takes. */
const ANONYMOUS = "system:anonymous";
const SYSTEM_MASTERS = "system:masters";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Source: Kubernetes API, authentication.k8s.io/v1 SelfSubjectReview. */
const SelfReview = z.object({
  status: z.object({
    userInfo: z.object({
      username: z.string(),
      groups: z.array(z.string()).nullish(),
      uid: z.string().nullish(),
    }),
  }),
});

/** Source: Kubernetes API, authorization.k8s.io/v1 SelfSubjectAccessReview. */
const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

/** `create configmaps in namespace scaletest`, `get namespaces "x"`, `list pods/log in all namespaces`. */
export function formatPermission(permission: Permission): string {
  const { verb, resource, namespace = "", name } = permission;
  const where = namespace === "" ? "all namespaces" : `namespace ${namespace}`;
  return `${verb} ${resourceArgument(permission)}` + (name === undefined ? "" : ` "${name}"`) +
    (resource.namespaced ? ` in ${where}` : "");
}

/** A needed right as it is asked for, now that the kind is known. */
export function permissionOf(
  { kind: _, onlyFor: __, namespace, ...right }: NeededRight,
  resource: Resource,
): Permission {
  return { ...right, resource, ...(resource.namespaced && namespace ? { namespace } : {}) };
}

/** Each once: of a cluster-scoped kind the rights in all namespaces are the same one. */
export function permissionsOf(
  rights: readonly NeededRight[],
  resourceOf: (kind: NeededRight["kind"]) => Resource,
): Permission[] {
  const all = rights.map((right) => permissionOf(right, resourceOf(right.kind)));
  return [...new Map(all.map((one) => [formatPermission(one), one])).values()];
}

/** Undefined where the server does not tell: before Kubernetes 1.28, or to an anonymous user. */
export async function whoAmI(
  cluster: Cluster,
  options: CallOptions = {},
): Promise<User | undefined> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  try {
    const review = await postReview(cluster, body, { ...options, schema: SelfReview });
    const { username, groups, uid } = review.status.userInfo;
    const user = { username, groups: groups ?? [] };
    return uid ? { ...user, uid } : user;
  } catch (thrown) {
    if (isNotFound(thrown) || isForbidden(thrown)) return undefined;
    throw thrown;
  }
}

/** Those that the API server would refuse us now, in the order given; admission is not asked. */
export async function missingPermissions(
  cluster: Cluster,
  permissions: readonly Permission[],
  options: CallOptions = {},
): Promise<Permission[]> {
  const missing = new Set<Permission>();
  await eachAtMost(permissions, async (permission) => {
    const { resource, verb, namespace, subresource, name } = permission;
    const { group, version, plural } = resource;
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: {
        resourceAttributes: {
          verb,
          group,
          version,
          resource: plural,
          subresource,
          namespace: resource.namespaced ? namespace : undefined,
          name,
        },
      },
    };
    const review = await postReview(cluster, body, { ...options, schema: AccessReview });
    if (!review.status.allowed) missing.add(permission);
  }, { limit: REVIEWS_AT_ONCE, signal: options.signal });
  return permissions.filter((permission) => missing.has(permission));
}

/** @throws {CannotRunError} naming the user, what is missing and the commands that grant it */
export async function requirePermissions(
  cluster: Cluster,
  permissions: readonly Permission[],
  options: CallOptions & { readonly user?: User | undefined } = {},
): Promise<void> {
  const { user, ...callOptions } = options;
  const missing = await missingPermissions(cluster, permissions, callOptions);
  if (missing.length > 0) throw notPermitted(missing, user);
}

/** Naming the user, what is missing and the commands that grant it. */
export function notPermitted(
  missing: readonly Permission[],
  user: User | undefined,
): CannotRunError {
  const list = missing.map(formatPermission).join(", ");
  const who = user === undefined ? "The user" : `User "${user.username}"`;
  const remedy = user !== undefined && isAnonymous(user)
    ? "the server took no credentials: log in again, or choose another user"
    : `grant it with: ${grantCommand(missing, user)}`;
  return new CannotRunError(`${who} may not ${list}; ${remedy}`);
}

/**
 * The command line with which an administrator grants exactly these: a role and its binding for
 * each scope and resource. Verbs are in the role's name, because an earlier grant of fewer of them
 * may exist, which `kubectl create` would not change.
 */
export function grantCommand(permissions: readonly Permission[], user: User | undefined): string {
  const subject = subjectArgument(user);
  const groups = Map.groupBy(
    permissions,
    (one) => JSON.stringify([scopeOf(one), resourceArgument(one), one.name]),
  );
  return [...groups.values()].map((group) => {
    const [first] = group as [Permission, ...Permission[]];
    const scope = scopeOf(first);
    const kind = scope === "" ? "clusterrole" : "role";
    const where = scope === "" ? "" : ` -n ${shellWord(scope)}`;
    const verbs = [...new Set(group.map(({ verb }) => verb))];
    const parts = [NAME, ...verbs, first.resource.plural, first.subresource, first.name];
    const role = parts.filter((part) => part !== undefined).join("-");
    const only = first.name === undefined ? "" : ` --resource-name=${shellWord(first.name)}`;
    return `kubectl create ${kind} ${shellWord(role)}${where} --verb=${verbs.join(",")}` +
      ` --resource=${resourceArgument(first)}${only} && ` +
      `kubectl create ${kind}binding ${shellWord(role)}${where} --${kind}=${
        shellWord(role)
      } ${subject}`;
  }).join(" && ");
}

export function isInSystemMasters({ groups }: User): boolean {
  return groups.includes(SYSTEM_MASTERS);
}

/** For the run's warnings. Source: Kubernetes, "API Priority and Fairness", mandatory objects. */
export function systemMastersWarning({ username }: User): { code: string; message: string } {
  return {
    code: "exempt-from-apf",
    message:
      `User "${username}" is in group ${SYSTEM_MASTERS}: its requests match the flow schema "exempt" ` +
      "and bypass API Priority and Fairness, so this measures a path that no tenant uses; " +
      "use another user's kubeconfig, or --as",
  };
}

export function isAnonymous({ username }: User): boolean {
  return username === ANONYMOUS;
}

/**
 * For the run's warnings. Source: k8s.io/apiserver v0.36, pkg/endpoints/filters/authentication.go,
 * UnauthenticatedHTTP2DOSMitigation; seen with kube-apiserver 1.36.3.
 */
export function anonymousWarning(): { code: string; message: string } {
  return {
    code: "anonymous-user",
    message:
      `The API server takes this for user "${ANONYMOUS}", of whom it ends every HTTP/2 connection ` +
      "after one request, so this measures connecting; name a user with --user or --token, or " +
      "another --kubeconfig",
  };
}

/** The namespace that a role can be in; empty: it takes a cluster role. */
function scopeOf({ resource, namespace = "" }: Permission): string {
  return resource.namespaced ? namespace : "";
}

/** `pods/log`, `flunders.wardle.example.com`. */
function resourceArgument({ resource, subresource }: Permission): string {
  return resourceName(resource) + (subresource === undefined ? "" : `/${subresource}`);
}

function subjectArgument(user: User | undefined): string {
  if (user === undefined) return "--user=USER";
  const [, namespace, name] = SERVICE_ACCOUNT.exec(user.username) ?? [];
  return name === undefined
    ? `--user=${shellWord(user.username)}`
    : `--serviceaccount=${namespace}:${name}`;
}

/** As one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
