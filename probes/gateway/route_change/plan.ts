/** What one use of route-change does, as its flags say. @module */

import type { RouteChangeValues } from "./command.ts";

/** What one use of it does. */
export interface RouteChangePlan {
  readonly values: RouteChangeValues;
  /** What changes. */
  readonly change: "filter" | "port" | "redirect";
}
