/** A watch cache that loses changes. @module */

import { valuedFault, WATCHES } from "./fault.ts";
import { share } from "./fault_value.ts";
import { isChange, rewritingWatches } from "./watch_lines.ts";

export const droppedEvent = valuedFault({
  name: "dropped-event",
  does: "watches leave out such a share of the events",
  concerns: WATCHES,
  value: { is: "SHARE", kind: share, default: 0.5 },
  start: (ratio, { rng }) =>
    rewritingWatches(async function* (lines) {
      for await (const line of lines) {
        if (!isChange(line) || rng.next() >= ratio) yield line;
      }
    }),
});
