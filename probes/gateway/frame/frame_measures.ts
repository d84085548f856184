/** What every gateway probe may measure. @module */

import type { Measures } from "../../../core/run/measures.ts";
import { ATTACHED_ROUTES, GATEWAY_WRITES } from "./gateway_watch.ts";
import { FOREIGN_REWRITES, ROUTE_WRITES, UNVERSIONED_ACCEPTANCES } from "./route_watch.ts";

/** @param gateways their tags */
export function frameMeasures(gateways: readonly string[]): Measures {
  return {
    counters: [
      { name: FOREIGN_REWRITES },
      ...gateways.map((gateway) => ({ name: UNVERSIONED_ACCEPTANCES, tags: { gateway } })),
    ],
    others: ["create", "update", "delete", ATTACHED_ROUTES, GATEWAY_WRITES, ROUTE_WRITES],
  };
}
