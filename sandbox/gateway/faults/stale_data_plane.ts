/** A data plane that hears of new routes at once, and of what becomes of old ones much later. @module */

import { duration } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const staleDataPlane = valuedGatewayFault({
  name: "stale-data-plane",
  does: "deleted or changed routes are served so much longer",
  share: 1,
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 15_000 },
  start: (lateMs, { clock, ended }) => ({
    onServing({ before, after }, apply) {
      if (before === undefined) return apply(after);
      void clock.sleepUntil(clock.now() + lateMs, ended).then(() => apply(after));
    },
  }),
});
