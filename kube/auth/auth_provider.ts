/**
 * What is left of `auth-provider` in old kubeconfigs? The id token of `oidc`, as long as it is
 * valid: it is never renewed here. The others are gone from kubectl too.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import { bearer, type Credentials } from "./credentials.ts";
import type { KubeconfigUser } from "../kubeconfig/schema.ts";

const WHAT_WORKS = "use an exec plugin such as kubelogin (kubectl oidc-login), or give --token";

/**
 * @throws {CannotRunError} for a provider other than oidc and for a token that is missing, no JWT
 * or has expired; an expiry during the run is thrown by `current`
 */
export function authProviderCredentials(
  provider: NonNullable<KubeconfigUser["auth-provider"]>,
  { user, clock }: { user: string; clock: Clock },
): Credentials {
  const whose = `Cannot log in as user "${user}"`;
  if (provider.name !== "oidc") {
    throw new CannotRunError(
      `${whose}: auth-provider "${provider.name}" no longer exists, in kubectl neither; ` +
        "use the exec plugin of the provider, or give --token",
    );
  }
  const token = provider.config?.["id-token"] ?? "";
  if (token === "") {
    throw new CannotRunError(`${whose}: auth-provider "oidc" has no id-token; ${WHAT_WORKS}`);
  }
  const endMs = expiryOf(token);
  if (endMs === undefined) {
    throw new CannotRunError(
      `${whose}: the id-token of auth-provider "oidc" is no JWT with an expiry; ${WHAT_WORKS}`,
    );
  }
  const credential = { authorization: bearer(token, `The id-token of user "${user}"`) };
  const check = () => {
    if (clock.wallNow().getTime() < endMs) return;
    const date = new Date(endMs).toISOString().replace(/\.\d+Z$/, "Z");
    throw new CannotRunError(
      `${whose}: the id-token of auth-provider "oidc" expired on ${date} and is not renewed here; ` +
        WHAT_WORKS,
    );
  };
  check();
  return {
    current: () => Promise.resolve().then(check).then(() => credential),
    invalidate: () => false,
  };
}

/** `exp` of a JWT in ms since 1970 (RFC 7519, section 4.1.4); its signature is the server's business. */
function expiryOf(token: string): number | undefined {
  try {
    const [, payload = ""] = token.split(".");
    const text = new TextDecoder().decode(
      Uint8Array.fromBase64(payload, { alphabet: "base64url" }),
    );
    const { exp } = JSON.parse(text);
    const endMs = exp * 1_000;
    // What no Date can hold is no time.
    return typeof exp === "number" && Math.abs(endMs) <= 8.64e15 ? endMs : undefined;
  } catch {
    return undefined;
  }
}
