/**
 * What all connections of one end came to in a stretch of time, as counters of the run. Their number
 * is bounded by the kinds of frames and of codes, not by the connections.
 * @module
 */

import { DIRECTIONS, type FactCounts } from "../core/h2/facts_growth.ts";
import type { Recorder } from "../core/measure/recorder.ts";
import type { Tags } from "../core/measure/sample.ts";

/** @param growth of all of them, since it was last counted */
export function countConnections(
  recorder: Pick<Recorder, "count">,
  growth: FactCounts,
  { atMs, role }: { atMs: number; role: string },
): void {
  const count = (name: string, amount: number, tags: Tags = {}) => {
    if (amount !== 0) recorder.count(name, amount, { atMs, tags: { role, ...tags } });
  };
  for (const direction of DIRECTIONS) {
    const { bytes, frames, resets, goAways } = growth[direction];
    count("h2Bytes", bytes, { direction });
    for (const [type, amount] of frames) {
      count("h2Frames", amount, { direction, type: nameOf(type) });
    }
    for (const [code, amount] of resets) count("resets", amount, { direction, code: nameOf(code) });
    for (const [code, amount] of goAways) {
      count("goAways", amount, { direction, code: nameOf(code) });
    }
  }
  for (const [window, stall] of windowsOf(growth)) {
    count("windowStalls", stall.count, { window });
    count("windowStallMs", stall.totalMs, { window });
  }
  count("streamWaits", growth.streamLimit.count);
  count("streamWaitMs", growth.streamLimit.totalMs);
}

/** What stood still for want of room in a window of the other end's. */
export function windowsOf({ connectionWindow, streamWindow }: FactCounts) {
  return [["connection", connectionWindow], ["stream", streamWindow]] as const;
}

/** What has no name is one kind: a peer can invent four thousand million codes. */
function nameOf(kind: string): string {
  return /^[A-Z]/.test(kind) ? kind : "other";
}
