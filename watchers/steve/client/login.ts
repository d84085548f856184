/**
 * How does a user become a session of Steve? A token as it is, or a name and a password by way of
 * Rancher's login; a Steve of its own needs neither. No secret is part of an error.
 * Source: rancher/rancher, pkg/auth/providers/publicapi, 2.12 to 2.15.
 * @module
 */

import {
  CannotRunError,
  messageOf,
  OperationFailedError,
  UsageError,
} from "../../../core/errors.ts";
import { retrying, type RetryOptions } from "../../../kube/set_up_retry.ts";
import { isUnauthorized } from "../../../kube/status_error.ts";
import { refusal, type SteveAccess, type SteveAnswer, type SteveClient } from "./steve_client.ts";

export type SteveLogin =
  | { readonly kind: "none" }
  | {
    readonly kind: "token";
    /** `token-xxxxx:secret`. */
    readonly token: string;
    /** What it is sent as: Rancher takes both, and prefers the latter. */
    readonly as: "cookie" | "bearer";
  }
  | { readonly kind: "password"; readonly username: string; readonly password: string };

type SessionHeaders = SteveAccess["headers"];

/** Rancher's name of the cookie. */
const COOKIE = "R_SESS";
/** What may be in a cookie's value (RFC 6265, section 4.1.1). */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** The newer one first: from Rancher 2.14 on the older one can be switched off. */
const LOGINS = [
  { path: "/v1-public/login", more: { type: "localProvider" } },
  { path: "/v3-public/localProviders/local?action=login", more: {} },
];

/**
 * The headers of a session.
 * @param client to the server, without a session yet
 * @throws {UsageError} for a token that cannot be one
 * @throws {CannotRunError} if the server does not let the user in, or has no login
 */
export async function logIn(
  client: SteveClient,
  { credentials, retry }: {
    credentials: SteveLogin;
    /** How to wait for a server that asks for it. */
    retry: RetryOptions;
  },
): Promise<SessionHeaders> {
  if (credentials.kind === "none") return [];
  if (credentials.kind === "token") return tokenHeaders(credentials);
  const { username, password } = credentials;
  try {
    return await passwordHeaders(client, { credentials, retry });
  } catch (error) {
    if (!(error instanceof OperationFailedError)) throw error;
    const why = isUnauthorized(error)
      ? `the server does not accept this name and password (${messageOf(error)})`
      : messageOf(error);
    // A server may repeat what it was sent.
    const shown = why.replaceAll(password === "" ? "\0" : password, "***");
    throw new CannotRunError(`Cannot log in to ${client.url} as "${username}": ${shown}`);
  }
}

function tokenHeaders({ token, as }: Extract<SteveLogin, { kind: "token" }>): SessionHeaders {
  if (!COOKIE_VALUE.test(token)) {
    throw new UsageError(
      "Cannot use the token: it is empty or has a character that no token has; expected " +
        "token-xxxxx:secret, which is not shown here",
    );
  }
  return as === "bearer"
    ? [["authorization", `Bearer ${token}`]]
    : [["cookie", `${COOKIE}=${token}`]];
}

async function passwordHeaders(
  client: SteveClient,
  { credentials, retry }: {
    credentials: Extract<SteveLogin, { kind: "password" }>;
    retry: RetryOptions;
  },
): Promise<SessionHeaders> {
  const { username, password } = credentials;
  const { signal } = retry;
  const session = { description: "UI session", responseType: "cookie", username, password };
  for (const { path, more } of LOGINS) {
    const body = { ...session, ...more };
    const request = { method: "POST", path, isOfRoot: true, body } as const;
    const answer = await retrying(async () => {
      const answer = await client.exchange({ ...request, ...(signal ? { signal } : {}) });
      if (answer.status === 429 || answer.status >= 500) throw refusal(answer, `POST ${path}`);
      return answer;
    }, { ...retry, after: "answers" });
    if (answer.status === 200 || answer.status === 201) {
      return tokenHeaders({ kind: "token", as: "cookie", token: tokenOf(answer) });
    }
    if (!isUnknownPath(answer)) throw refusal(answer, `POST ${path}`);
  }
  throw new OperationFailedError(
    "not-found",
    "it has no login of Rancher; leave out name and password for a Steve of its own",
  );
}

/**
 * Whether a login of that path is not there. A Rancher that does not know a path asks for a session
 * before it says so; a wrong password has other words.
 */
function isUnknownPath({ status, text }: SteveAnswer): boolean {
  if (status === 401) return /must authenticate/i.test(text);
  return status === 404 || status === 405;
}

/** From the cookie, or from the body where the server prefers that. */
function tokenOf({ headers, text }: SteveAnswer): string {
  for (const cookie of headers.getSetCookie()) {
    const [, value] = new RegExp(`^\\s*${COOKIE}=([^;]*)`).exec(cookie) ?? [];
    if (value) return value;
  }
  try {
    const { token } = JSON.parse(text);
    if (typeof token === "string") return token;
  } catch {
    // No JSON: no token either.
  }
  throw new OperationFailedError(
    "protocol",
    `the server's answer has neither a cookie ${COOKIE} nor a token`,
  );
}
