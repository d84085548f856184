/** A Gateway as probes work on it. @module */

import type { GatewayWatch } from "./gateway_watch.ts";
import type { ReadyGateway } from "./ready_gateway.ts";

/** A Gateway that is ready, and what its status says meanwhile. */
export interface SceneGateway extends ReadyGateway {
  readonly watch: GatewayWatch;
}
