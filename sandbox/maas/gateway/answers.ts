/**
 * How does a gateway refuse? In the words of Kuadrant's filter and of Envoy.
 * Source: Kuadrant/wasm-shim, src/{filter,service}; Kuadrant/authorino, pkg/service/auth.go.
 * @module
 */

import type { AuthVerdict } from "../auth/auth_service.ts";

/** @param realm of which a credential is asked for, where there is none that is believed */
export function refusedAnswer(
  { status, reason }: Extract<AuthVerdict, { kind: "refused" }>,
  realm: string,
): Response {
  const headers = new Headers({ "x-ext-auth-reason": reason });
  if (status === 401) headers.set("www-authenticate", `Bearer realm=${JSON.stringify(realm)}`);
  return new Response(null, { status, headers });
}

/** The auth service was not heard of in time. */
export function authLate(): Response {
  return textAnswer("Internal Server Error.\n", 500);
}

/** The same for requests and for tokens. */
export function limited(): Response {
  return textAnswer("Too Many Requests\n", 429);
}

export function noRoute(): Response {
  return new Response(null, { status: 404 });
}

function textAnswer(text: string, status: number): Response {
  // Of a text the runtime would say itself what it is.
  return new Response(new TextEncoder().encode(text), { status });
}
