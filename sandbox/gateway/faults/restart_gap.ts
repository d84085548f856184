/** A controller that restarts, with a data plane that has nothing until it is back. @module */

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
        await controller.restart(gapMs);
        await clock.sleepUntil(clock.now() + PAUSE_MS, signal);
      }
    },
  }),
});
