/**
 * Whose token is this, and for whom is it? What an API server says of a bearer token that somebody
 * else was shown.
 * Source: Kubernetes API, authentication.k8s.io/v1 TokenReview; texts as kube-apiserver 1.36 has them.
 * @module
 */

import * as z from "zod";
import type { CallOptions, Cluster } from "../cluster.ts";
import type { Resource } from "../resource.ts";
import type { User } from "../server/access.ts";
import { postReview } from "../server/post_review.ts";

export const TOKEN_REVIEWS: Resource = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenreviews",
  kind: "TokenReview",
  namespaced: false,
};

/** The answer; a token that is not believed is one too, and no failure of the call. */
export type ReviewedToken =
  | {
    readonly isAuthenticated: true;
    readonly user: User;
    /** Those of the asked ones that it is for. */
    readonly audiences: readonly string[];
  }
  | { readonly isAuthenticated: false; readonly refusal: TokenRefusal };

export interface TokenRefusal {
  readonly why: TokenFault;
  /** The server's own words, which quote no token; empty: it has none. */
  readonly text: string;
}

/** What is wrong with a token, as far as the server tells. */
export type TokenFault =
  /** It is for somebody else. */
  | "audience"
  /** Its service account is gone, or is another one of the same name. */
  | "account"
  | "signature"
  | "expired"
  /** Not one of this server, or no token at all. */
  | "unknown";

const FAULTS: readonly (readonly [RegExp, TokenFault])[] = [
  [/token audiences? .* invalid for the target audiences?/, "audience"],
  [/serviceaccounts? "[^"]*" not found|service account UID .* does not match/, "account"],
  [/error in cryptographic primitive|signature/, "signature"],
  [/expired/, "expired"],
];

const Answer = z.object({
  status: z.object({
    // Absent where it is refused.
    authenticated: z.boolean().nullish(),
    user: z.object({
      username: z.string().nullish(),
      groups: z.array(z.string()).nullish(),
      uid: z.string().nullish(),
    }).nullish(),
    audiences: z.array(z.string()).nullish(),
    error: z.string().nullish(),
  }),
});

/**
 * Asks for one token.
 * @param options.audiences of which it has to be for one; the API server itself is meant only if it is
 *   among them, so that a token of a gateway is not taken for a bad one
 * @throws {RangeError} without a token or an audience: the server would refuse the one, and answer
 *   another question than the one that was meant without the other
 */
export async function reviewToken(
  cluster: Pick<Cluster, "request">,
  token: string,
  { audiences, ...options }: CallOptions & { readonly audiences: readonly string[] },
): Promise<ReviewedToken> {
  if (token === "") throw new RangeError("Cannot review an empty token");
  if (audiences.length === 0) throw new RangeError("Cannot review a token for no audience");
  const review = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token, audiences },
  };
  const { status } = await postReview(cluster, review, { ...options, schema: Answer });
  if (status.authenticated !== true) {
    return { isAuthenticated: false, refusal: refusalOf(status.error ?? "") };
  }
  const { username, groups, uid } = status.user ?? {};
  const user = { username: username ?? "", groups: groups ?? [] };
  return {
    isAuthenticated: true,
    user: uid ? { ...user, uid } : user,
    audiences: status.audiences ?? [],
  };
}

function refusalOf(text: string): TokenRefusal {
  const why = FAULTS.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
  return { why, text };
}
