/**
 * May somebody else do this? What an API server says of another's rights, without being that other.
 * Source: Kubernetes API, authorization.k8s.io/v1 SubjectAccessReview.
 * @module
 */

import * as z from "zod";
import type { CallOptions, Cluster } from "../cluster.ts";
import type { Resource } from "../resource.ts";
import type { User } from "../server/access.ts";
import { postReview } from "../server/post_review.ts";

export const SUBJECT_ACCESS_REVIEWS: Resource = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  namespaced: false,
};

/** What is to be done, to what. Names only: nobody has to serve the kind. */
export interface Access {
  /** Small letters, as rules have them: `post` is not `POST`. */
  readonly verb: string;
  readonly group: string;
  /** Plural, as in the path. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface ReviewedAccess {
  readonly isAllowed: boolean;
  /** The server's words, e.g. by which binding; empty: none, as for a refusal of RBAC. */
  readonly reason: string;
}

const Answer = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().nullish() }),
});

/** Asks for a user with these groups, whom the server need not know. */
export async function reviewAccess(
  cluster: Pick<Cluster, "request">,
  { username, groups }: Pick<User, "username" | "groups">,
  { access, ...options }: CallOptions & { readonly access: Access },
): Promise<ReviewedAccess> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: username, groups, resourceAttributes: access },
  };
  const { status } = await postReview(cluster, review, { ...options, schema: Answer });
  return { isAllowed: status.allowed, reason: status.reason ?? "" };
}
