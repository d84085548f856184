/** What every gateway probe may measure. @module */

import type { Measures } from "../../../core/run/measures.ts";
import { ATTACHED_ROUTES, GATEWAY_WRITES } from "./gateway_watch.ts";
import { FOREIGN_REWRITES, ROUTE_WRITES } from "./route_watch.ts";

export const FRAME_MEASURES: Measures = {
  counters: [{ name: FOREIGN_REWRITES }],
  others: ["create", "update", "delete", ATTACHED_ROUTES, GATEWAY_WRITES, ROUTE_WRITES],
};
