/** How an HTTP/2 connection came to its end. @module */

import { errorCodeName } from "./error_code.ts";
import type { ConnectionError } from "./errors.ts";

export type ConnectionEnd =
  /** This end had nothing more to do: it closed the connection, or let it run out. */
  | { readonly kind: "finished" }
  /** The peer said GOAWAY, with this code (NO_ERROR among them), before its end. */
  | { readonly kind: "goaway"; readonly code: number; readonly debug: string }
  /** The peer broke the protocol, or a limit of ours: this end said GOAWAY. */
  | { readonly kind: "protocol"; readonly error: ConnectionError }
  /** The bytes ended, or failed with this error. */
  | { readonly kind: "broken"; readonly error: Error | undefined };

/** What a request or a PING on it is told. */
export function endError(end: ConnectionEnd): Error {
  switch (end.kind) {
    case "finished":
      return new Error("the connection was closed");
    case "goaway": {
      const debug = end.debug === "" ? "" : `: ${end.debug}`;
      return new Error(`the peer closed the connection with ${errorCodeName(end.code)}${debug}`);
    }
    case "protocol":
      return end.error;
    case "broken":
      return end.error ?? new Error("the peer closed the connection");
  }
}
