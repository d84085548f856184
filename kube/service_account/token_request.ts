/**
 * How does a service account get a token that says whom it is for and ends by itself? The token is
 * signed and answered, and stored nowhere.
 * Source: Kubernetes API, authentication.k8s.io/v1 TokenRequest; behaviour as seen on kube-apiserver 1.36.
 * @module
 */

import * as z from "zod";
import type { CallOptions, Cluster } from "../cluster.ts";
import type { ObjectRef } from "../object.ts";
import { resourcePath, SERVICE_ACCOUNTS } from "../resource.ts";
import { answerOf } from "../server/answer_of.ts";

/** What is asked for. */
export interface TokenWish {
  /** Whom it is for; none: the API server itself. */
  readonly audiences: readonly string[];
  /** At least `SHORTEST_TOKEN_LIFE_MS`; the server may grant less, never more. */
  readonly lifeMs: number;
}

export interface IssuedToken {
  /** A secret: it goes into a request header and nowhere else. */
  readonly token: string;
  /** By the server's calendar. */
  readonly expires: Date;
  /** How long it is good from when it was signed; undefined: the server does not say when that was. */
  readonly lifeMs: number | undefined;
}

const Answer = z.object({
  metadata: z.object({ creationTimestamp: z.string().nullish() }).nullish(),
  status: z.object({
    token: z.string().min(1),
    expirationTimestamp: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  }),
});

/**
 * A new token; earlier ones stay good.
 * @throws {StatusError} as the server refuses it: 404 without the account, 422 for too short a life
 */
export async function requestToken(
  cluster: Pick<Cluster, "request">,
  { namespace, name }: ObjectRef,
  { audiences, lifeMs, ...options }: TokenWish & CallOptions,
): Promise<IssuedToken> {
  const method = "POST";
  const path = resourcePath(SERVICE_ACCOUNTS, {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    subresource: "token",
  });
  const kind = "TokenRequest";
  const body = JSON.stringify({
    apiVersion: "authentication.k8s.io/v1",
    kind,
    spec: { audiences, expirationSeconds: Math.ceil(lifeMs / 1_000) },
  });
  const contentType = "application/json";
  const answer = await cluster.request({ ...options, method, path, body, contentType });
  const { metadata, status } = answerOf(Answer, answer, { what: kind, call: `${method} ${path}` });
  const expires = new Date(status.expirationTimestamp);
  const signedMs = Date.parse(metadata?.creationTimestamp ?? "");
  return {
    token: status.token,
    expires,
    lifeMs: Number.isNaN(signedMs) ? undefined : expires.getTime() - signedMs,
  };
}
