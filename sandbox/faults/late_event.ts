/** A watch cache that lags behind. @module */

import { duration } from "../../core/command/flags.ts";
import { valuedFault, WATCHES } from "./fault.ts";
import { rewritingWatches } from "./watch_lines.ts";

export const lateEvent = valuedFault({
  name: "late-event",
  does: "watches tell each event so much later",
  concerns: WATCHES,
  value: { is: "DURATION", kind: duration(), default: 1_000 },
  start: (ms, { clock }) =>
    rewritingWatches(async function* (lines, { over }) {
      for await (const { line, atMs } of stamped(lines, () => clock.now())) {
        await clock.sleepUntil(atMs + ms, over);
        if (over.aborted) return;
        yield line;
      }
    }),
});

interface Stamped {
  readonly line: string;
  readonly atMs: number;
}

/** Each line with the time at which it came, also of those that nobody has waited for yet. */
async function* stamped(
  lines: AsyncIterable<string>,
  now: () => number,
): AsyncGenerator<Stamped, void> {
  const waiting: Stamped[] = [];
  let isOver = false;
  let wake = () => {};
  const reading = (async () => {
    for await (const line of lines) {
      waiting.push({ line, atMs: now() });
      wake();
    }
  })();
  const end = () => {
    isOver = true;
    wake();
  };
  reading.then(end, end);
  for (;;) {
    const first = waiting.shift();
    if (first !== undefined) yield first;
    else if (isOver) return await reading; // throws what broke it
    else await new Promise<void>((resolve) => wake = resolve);
  }
}
