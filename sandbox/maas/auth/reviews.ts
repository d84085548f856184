/**
 * What the auth service asks an API server, and how it is answered. Keeps nothing and limits nothing.
 * Source: Kubernetes API, authentication.k8s.io/v1 TokenReview, authorization.k8s.io/v1
 * SubjectAccessReview.
 * @module
 */

import type { Cluster } from "../../../kube/cluster.ts";

/** An API server, real or not. */
export type ReviewPort = Pick<Cluster, "request">;

/** As a TokenReview has it. */
export interface ReviewedUser {
  readonly username: string;
  readonly groups: readonly string[];
}

export interface Access {
  readonly verb: string;
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

interface TokenStatus {
  readonly authenticated?: boolean;
  readonly user: ReviewedUser;
}

interface AccessStatus {
  readonly allowed: boolean;
  readonly reason?: string;
}

/** Undefined: it is not believed; `bytes`: of what the server says, as JSON. */
export async function reviewToken(
  kube: ReviewPort,
  { token, audiences, signal }: {
    readonly token: string;
    readonly audiences: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<{ readonly user: ReviewedUser; readonly bytes: number } | undefined> {
  const { status } = await ask<TokenStatus>(kube, signal, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token, audiences },
  });
  // Of a token that is not believed it is left out.
  if (status.authenticated !== true) return undefined;
  const { username, groups } = status.user;
  return { user: { username, groups }, bytes: JSON.stringify(status).length };
}

/** Undefined: it is allowed; otherwise why it is not, as far as the server tells. */
export async function reviewAccess(
  kube: ReviewPort,
  { user, access, signal }: {
    readonly user: ReviewedUser;
    readonly access: Access;
    readonly signal: AbortSignal;
  },
): Promise<string | undefined> {
  const { status } = await ask<AccessStatus>(kube, signal, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: user.username, groups: user.groups, resourceAttributes: access },
  });
  return status.allowed ? undefined : status.reason || "unknown reason";
}

async function ask<Status>(
  kube: ReviewPort,
  signal: AbortSignal,
  review: { readonly apiVersion: string; readonly kind: string; readonly spec: unknown },
): Promise<{ readonly status: Status }> {
  return await kube.request({
    method: "POST",
    path: `/apis/${review.apiVersion}/${review.kind.toLowerCase()}s`,
    body: JSON.stringify(review),
    contentType: "application/json",
    signal,
  }) as { readonly status: Status };
}
