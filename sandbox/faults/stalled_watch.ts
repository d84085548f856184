/** A watch whose connection is dead without anybody noticing. @module */

import { duration } from "../../core/command/flags.ts";
import { valuedFault, WATCHES } from "./fault.ts";
import { rewritingWatches } from "./watch_lines.ts";

export const stalledWatch = valuedFault({
  name: "stalled-watch",
  does: "watches fall silent after so long, and do not end",
  concerns: WATCHES,
  value: { is: "DURATION", kind: duration(), default: 0 },
  start: (ms, { clock }) =>
    rewritingWatches(async function* (lines, { over }) {
      const silentFromMs = clock.now() + ms;
      for await (const line of lines) {
        if (clock.now() < silentFromMs) yield line;
      }
      await clock.sleepUntil(Infinity, over);
    }),
});
