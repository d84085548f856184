/** What one use of attached-routes does, as its flags say. @module */

import type { RouteScale } from "../frame/route_scale.ts";
import type { AttachedRoutesValues } from "./command.ts";

/** What one use of it does. */
export interface AttachedRoutesPlan {
  readonly values: AttachedRoutesValues;
  readonly scale: RouteScale;
  /**
   * How long one more route may take in any way: above every limit that it is judged by, unless
   * --timeout is shorter.
   */
  readonly singleTimeoutMs: number;
}
