/** A controller that cannot make up its mind. @module */

import { duration } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const flapping = valuedGatewayFault({
  name: "flapping",
  does: "attached routes go down by one and up again, so far apart",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 300 },
  start(periodMs, { clock }) {
    let isDown = false;
    return {
      attachedRoutes: (_listener, count) => isDown ? Math.max(0, count - 1) : count,
      async act(controller, signal) {
        while (!signal.aborted) {
          await clock.sleepUntil(clock.now() + periodMs, signal);
          isDown = !isDown;
          controller.refreshGateways();
        }
      },
    };
  },
});
