/** A controller that forgets some of what is attached. @module */

import { integer } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const underCount = valuedGatewayFault({
  name: "under-count",
  does: "a listener says so many attached routes fewer",
  value: { is: "COUNT", kind: integer({ min: 1 }), default: 1 },
  start: (fewer) => ({ attachedRoutes: (_listener, count) => Math.max(0, count - fewer) }),
});
