/**
 * Which address does a new service get? Unused ones in turn; nobody listens there.
 * @module
 */

import type { ApiState } from "../api_state.ts";
import { partOf } from "./pod_defaults.ts";

/** A part of the range for documentation. Source: RFC 5737. */
const PREFIX = "192.0.2.";
const LAST = 254;

/** The lowest one that is free. */
export function serviceAddress({ store }: ApiState): string {
  const taken = new Set(
    store.collection("services").list().map(({ fields: { spec } }) => partOf(spec)["clusterIP"]),
  );
  for (let host = 1; host <= LAST; host++) {
    if (!taken.has(PREFIX + host)) return PREFIX + host;
  }
  // More services than addresses: two that share one harm nobody.
  return PREFIX + LAST;
}
