/** Which protocol do both ends of a TLS connection speak? RFC 7301. @module */

import { OperationFailedError } from "../errors.ts";
import type { Address } from "./address.ts";

/** ALPN protocol ids, RFC 7301 and RFC 9113 section 3.2. */
export type Alpn = "h2" | "http/1.1";

/**
 * What to say of a server that did not take the protocol that it was offered; undefined if it did.
 * RFC 9113, section 3.2: HTTP/2 over TLS takes "h2" in ALPN. Servers without ALPN have HTTP/1.1.
 */
export function alpnMismatch(
  chosen: string | null | undefined,
  { alpn, hostname, port }: { readonly alpn: Alpn } & Address,
): OperationFailedError | undefined {
  if ((chosen ?? "http/1.1") === alpn) return undefined;
  const message = `Cannot speak ${alpn} with ${hostname}:${port}: the server chose ${
    chosen ?? "no protocol"
  }`;
  return new OperationFailedError("protocol", message);
}
