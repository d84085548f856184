/**
 * What does the stand-in get to see of one request? The one who holds the sockets fills this in.
 * @module
 */

import type { User } from "../../kube/server/access.ts";
import type { Place } from "./api_state.ts";
import type { ResourceRequest } from "./request_info.ts";

export type { User };

/** One request, after authentication. */
export interface ApiCall {
  readonly method: string;
  /** From the root, with the query: `/api/v1/namespaces?limit=1`. */
  readonly path: string;
  readonly headers: Headers;
  /** Empty if there is none; of Protobuf each character is one byte: see request_body.ts. */
  readonly body: string;
  readonly user: User;
  /** Aborts when the client has gone; it ends a watch. */
  readonly signal: AbortSignal;
}

/** A request whose resource is served, with all that its path and query say. */
export interface Resolved extends Place {
  readonly call: ApiCall;
  readonly query: URLSearchParams;
  readonly verb: ResourceRequest["verb"];
  /** Undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}
