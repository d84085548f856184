/**
 * A request whose resource is served, with all that its path and query say.
 * @module
 */

import type { ApiCall } from "../api_call.ts";
import type { ApiState, Place } from "../api_state.ts";
import { type Form, formFor } from "./forms.ts";
import type { IncludeObject } from "../tables/table.ts";
import type { ResourceRequest } from "./request_info.ts";

export interface Resolved extends Place {
  readonly call: ApiCall;
  readonly query: URLSearchParams;
  readonly verb: ResourceRequest["verb"];
  /** Undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** @throws {ApiError} 406 for a form that cannot be had */
export function requestedForm({ clock }: ApiState, { resource, call, query }: Resolved): Form {
  return formFor(call.headers.get("accept"), resource, {
    now: () => clock.wallNow(),
    includeObject: (query.get("includeObject") || "Metadata") as IncludeObject,
  });
}
