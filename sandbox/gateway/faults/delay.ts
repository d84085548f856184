/**
 * A throttle: whatever happens takes effect at the next tick, so that one who waits for each change
 * before the next sees a flat period.
 * Source: Traefik, providers.providersThrottleDuration, 2 s unless told otherwise.
 * @module
 */

import { duration } from "../../../core/command/flags.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

export const delay = valuedGatewayFault({
  name: "delay",
  does: "changes take effect at ticks so far apart: a throttle",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 2_000 },
  start(periodMs, { clock }) {
    const startMs = clock.now();
    return {
      effectAtMs: (nowMs) => startMs + (Math.floor((nowMs - startMs) / periodMs) + 1) * periodMs,
    };
  },
});
