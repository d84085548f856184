/** A controller that does not notice when the last few routes go. @module */

import { integer } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const residue = valuedGatewayFault({
  name: "residue",
  does: "after deletions a listener says up to so many too many",
  value: { is: "COUNT", kind: integer({ min: 1 }), default: 1 },
  start(left) {
    /** By listener: the most that there were. */
    const most = new Map<string, number>();
    return {
      attachedRoutes(listener, count) {
        const highest = Math.max(count, most.get(listener) ?? 0);
        most.set(listener, highest);
        return Math.min(highest, count + left);
      },
    };
  },
});
