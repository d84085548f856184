/** A controller that counts what is not attached. @module */

import { integer } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const overCount = valuedGatewayFault({
  name: "over-count",
  does: "a listener with attached routes says so many more",
  value: { is: "COUNT", kind: integer({ min: 1 }), default: 1 },
  start: (more) => ({ attachedRoutes: (_listener, count) => count === 0 ? 0 : count + more }),
});
