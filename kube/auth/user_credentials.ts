/**
 * Which of the ways to log in that a kubeconfig user has is the one that counts? Reads the files it
 * names; runs no plugin yet.
 * Source: client-go, tools/clientcmd/client_config.go, rest/transport.go and transport/config.go.
 * @module
 */

import { CannotRunError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";
import type { PemPair } from "../../core/net/http_channel.ts";
import {
  anonymous,
  basicAuthorization,
  bearer,
  type Credentials,
  staticCredentials,
  TokenFileCredentials,
  usableClientCert,
} from "./credentials.ts";
import { type ExecCluster, ExecPluginCredentials } from "./exec_plugin.ts";
import { dataOrFile } from "../kubeconfig/kubeconfig.ts";
import type { KubeconfigUser } from "../kubeconfig/schema.ts";
import type { PluginHost } from "./plugin_host.ts";

export interface LoginOptions {
  /** Name in the kubeconfig, for messages. */
  readonly name: string;
  /** `--token`: takes the place of the user's token, token file and password. */
  readonly token?: string | undefined;
  /** For plugins. */
  readonly cluster: ExecCluster;
  readonly clock: Clock;
  readTextFile(path: string): string;
  readonly plugins?: PluginHost;
}

/**
 * A token, token file or password, together with a client certificate if there is one; only without
 * all of these the exec plugin, and last the legacy auth provider; else anonymous. As in client-go a
 * token file counts before a token.
 * @throws {CannotRunError} for a way that cannot work, and for two that exclude each other
 */
export function userCredentials(given: KubeconfigUser, options: LoginOptions): Credentials {
  const { name, clock, readTextFile, plugins } = options;
  const user = options.token === undefined ? given : withToken(given, options.token);
  const { token, tokenFile, username, password, exec, "auth-provider": provider } = user;
  const isBasic = username !== undefined || password !== undefined;
  if (isBasic && (token ?? tokenFile) !== undefined) throw excluded(name, "a token", "a password");
  const clientCert = clientCertOf(user, options);
  if (tokenFile !== undefined) {
    return new TokenFileCredentials({
      path: tokenFile,
      fallbackToken: token,
      clientCert,
      clock,
      readTextFile,
    });
  }
  const authorization = authorizationOf(user, options);
  if (authorization !== undefined || clientCert !== undefined) {
    return staticCredentials({
      ...(authorization === undefined ? {} : { authorization }),
      ...(clientCert === undefined ? {} : { clientCert }),
    });
  }
  if (exec && provider) throw excluded(name, "an exec plugin", "an auth-provider");
  if (exec) {
    const { cluster } = options;
    const host = plugins === undefined ? {} : { host: plugins };
    return new ExecPluginCredentials({ config: exec, user: name, cluster, clock, ...host });
  }
  if (provider) return authProviderCredentials(provider, { user: name, clock });
  return anonymous();
}

function authorizationOf(
  { token, username, password }: KubeconfigUser,
  options: LoginOptions,
): string | undefined {
  if (token !== undefined) {
    return bearer(
      token,
      options.token === undefined ? `The token of user "${options.name}"` : "--token",
    );
  }
  if (username === undefined && password === undefined) return undefined;
  return basicAuthorization({ username: username ?? "", password: password ?? "" });
}

function withToken(user: KubeconfigUser, token: string): KubeconfigUser {
  return { ...user, token, tokenFile: undefined, username: undefined, password: undefined };
}

function excluded(name: string, one: string, other: string): CannotRunError {
  return new CannotRunError(
    `Cannot log in as user "${name}": it has both ${one} and ${other}; leave one out`,
  );
}

function clientCertOf(user: KubeconfigUser, options: LoginOptions): PemPair | undefined {
  const { name, readTextFile, clock } = options;
  const read = (field: "client-certificate" | "client-key") =>
    dataOrFile({
      data: user[`${field}-data`],
      path: user[field],
      what: `${field} of user "${name}"`,
      readTextFile,
    });
  const certPem = read("client-certificate");
  // A key alone is what kubectl ignores too.
  if (certPem === undefined) return undefined;
  const keyPem = read("client-key");
  if (keyPem === undefined) {
    throw new CannotRunError(
      `Cannot log in as user "${name}": it has a client-certificate without a client-key`,
    );
  }
  const from = user["client-certificate-data"] === undefined
    ? `"${user["client-certificate"]}"`
    : "client-certificate-data";
  return usableClientCert({ certPem, keyPem }, { user: name, from, now: clock.wallNow() });
}

const WHAT_WORKS = "use an exec plugin such as kubelogin (kubectl oidc-login), or give --token";

/**
 * What is left of `auth-provider` in old kubeconfigs: the id token of `oidc`, as long as it is valid; it
 * is never renewed here. The others are gone from kubectl too.
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
