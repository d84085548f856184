/** A server or load balancer that does not keep watches for as long as they were asked for. @module */

import { duration } from "../../core/command/flags.ts";
import { valuedFault, WATCHES } from "./fault.ts";
import { rewritingWatches } from "./watch_lines.ts";

export const earlyWatchClose = valuedFault({
  name: "early-watch-close",
  does: "watches are closed after so long, in good order",
  concerns: WATCHES,
  value: { is: "DURATION", kind: duration(), default: 1_000 },
  start: (ms, { clock }) =>
    rewritingWatches(async function* (lines, { over, end }) {
      void clock.sleepUntil(clock.now() + ms, over).then(end);
      yield* lines;
    }),
});
