/**
 * A compacted history: the resourceVersion that a watch is at is too old, so its client has to list
 * anew.
 * Source: Kubernetes API concepts, "410 Gone responses".
 * @module
 */

import { duration } from "../../core/command/flags.ts";
import { expired } from "../kubernetes/answers/api_error.ts";
import { valuedFault, WATCHES } from "./fault.ts";
import { rewritingWatches } from "./watch_lines.ts";

export const gone = valuedFault({
  name: "gone",
  does: "watches end with 410 Expired after so long, as by a compaction",
  concerns: WATCHES,
  value: { is: "DURATION", kind: duration(), default: 1_000 },
  start: (ms, { clock }) =>
    rewritingWatches(async function* (lines, { over, end }) {
      const endMs = clock.now() + ms;
      void clock.sleepUntil(endMs, over).then(end);
      yield* lines;
      // One that has ended before has ended by itself.
      if (clock.now() >= endMs && !over.aborted) yield TOO_OLD;
    }),
});

const TOO_OLD = JSON.stringify({
  type: "ERROR",
  object: expired("too old resource version: 1 (2): sandbox fault gone").status,
});
