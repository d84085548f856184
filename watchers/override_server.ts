/**
 * Straight to an aggregated server, past the API server that the kubeconfig names: what of the
 * configured target still holds. Pure.
 * @module
 */

import { given } from "../core/given.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import { parseServerUrl } from "../core/net/address.ts";
import { anonymous } from "../kube/auth/credentials.ts";
import type { ClusterTarget } from "../kube/config/target.ts";

/** What it may be. */
const EXAMPLE = "https://api.wardle.svc (or a host, or host:port)";

interface Override {
  /** `host`, `host:port` or a URL; undefined: the configured server. */
  readonly server: string | undefined;
  /** Verify nothing, and trust no CA. */
  readonly insecure: boolean;
}

/**
 * The target with another server. The credentials go along, as in the original; a name that the
 * configured server's certificate should have does not, nor do credentials go to `http://`, where
 * anybody could read them.
 * @throws {UsageError} if the server is no host, host:port or URL
 */
export function overrideTarget(
  target: ClusterTarget,
  { server, insecure }: Override,
): ClusterTarget {
  const { caPem, tlsServerName, ...rest } = target;
  const verified = insecure
    ? { insecure: true }
    : { insecure: target.insecure, ...given({ caPem }) };
  if (server === undefined) {
    return { ...rest, ...verified, ...given({ tlsServerName }) };
  }
  const url = urlOf(server);
  return {
    ...rest,
    ...verified,
    server: url.origin + url.pathname.replace(/\/+$/, ""),
    ...(url.protocol === "http:" ? { credentials: anonymous() } : {}),
  };
}

/** What the user must know of it, if anything. */
export function overrideWarnings(
  { server, insecure }: Override,
): { readonly code: string; readonly message: string }[] {
  if (server === undefined || urlOf(server).protocol === "http:") return [];
  const verified = insecure ? ", whose certificate is not verified" : "";
  return [{
    code: "credentials-to-override-server",
    message: `The credentials of the configured server are sent to ${server}${verified}: ` +
      "whoever answers there can use them",
  }];
}

function urlOf(server: string): URL {
  try {
    return parseServerUrl(server, { example: EXAMPLE, bareScheme: "https" });
  } catch (error) {
    throw new UsageError(`--override-server ${messageOf(error)}`);
  }
}
