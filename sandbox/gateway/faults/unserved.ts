/** A data plane that has the route before it has its backend. @module */

import { duration } from "../../../core/command/flags.ts";
import type { ServedRoute } from "../data_plane/routing_table.ts";
import { valuedGatewayFault } from "./gateway_fault.ts";

const UNAVAILABLE = {
  kind: "failure",
  status: 503,
  body: "upstream connect error or disconnect/reset before headers",
  filters: [],
} as const;

export const unserved = valuedGatewayFault({
  name: "unserved",
  does: "new routes are answered with 503 for so long, then served",
  share: 1,
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 1_000 },
  start: (forMs, { clock, ended }) => ({
    onServing({ before, after }, apply) {
      if (before !== undefined || after === undefined) return apply(after);
      apply(unavailable(after));
      void clock.sleepUntil(clock.now() + forMs, ended).then(() => apply(after));
    },
  }),
});

function unavailable(route: ServedRoute): ServedRoute {
  return {
    ...route,
    entries: route.entries.map((entry) => ({ ...entry, action: UNAVAILABLE })),
  };
}
