/** A server that tells a change twice. @module */

import { valuedFault, WATCHES } from "./fault.ts";
import { share } from "./fault_value.ts";
import { isChange, rewritingWatches } from "./watch_lines.ts";

export const duplicateEvent = valuedFault({
  name: "duplicate-event",
  does: "watches tell such a share of the events twice",
  concerns: WATCHES,
  value: { is: "SHARE", kind: share, default: 0.5 },
  start: (ratio, { rng }) =>
    rewritingWatches(async function* (lines) {
      for await (const line of lines) {
        yield line;
        if (isChange(line) && rng.next() < ratio) yield line;
      }
    }),
});
