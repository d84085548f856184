/** What a server's connections have been through, in numbers for a report. Plain data. @module */

import type { ServerProtocol } from "./accepted_connection.ts";

/** Since the server's start. */
export interface ServerConnections {
  /** Connections that are there now, those in a handshake among them. */
  readonly open: number;
  readonly accepted: number;
  /** By what they agreed on. */
  readonly agreed: Readonly<Record<ServerProtocol, number>>;
  /** Clients that spoke no TLS, or did not like ours, or went away before it was agreed on. */
  readonly failedHandshakes: number;
  /** Connections without a request that were ended at their limit, or for want of descriptors. */
  readonly cut: number;
}
