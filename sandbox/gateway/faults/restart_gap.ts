/**
 * A controller that restarts and speaks before it has looked: until it has, its Gateways count no route
 * and its data plane has none.
 * @module
 */

import { duration } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

/** From one restart to the next. */
const PAUSE_MS = 3_000;

export const restartGap = valuedGatewayFault({
  name: "restart-gap",
  does: "every 3 s all routes are gone for so long: a restart",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 500 },
  start: (gapMs, { clock }) => ({
    async act(controller, signal) {
      while (!signal.aborted) {
        await controller.forget(gapMs);
        await clock.sleepUntil(clock.now() + PAUSE_MS, signal);
      }
    },
  }),
});
