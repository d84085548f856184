import assert from "node:assert/strict";
import { TrafficCounts } from "../../../core/h2/traffic_counts.ts";

Deno.test("frames are told by their types, codes by their names, what has none by its number", () => {
  const counts = new TrafficCounts();
  counts.bytes = 100;
  counts.countFrame(0);
  counts.countFrame(9, 2);
  counts.countFrame(0xee);
  counts.countReset(8);
  counts.countReset(8);
  counts.countReset(0x1f);
  counts.countGoAway(0);
  assert.deepEqual(counts.toTraffic(), {
    bytes: 100,
    frames: new Map([["DATA", 1], ["CONTINUATION", 2], ["238", 1]]),
    resets: new Map([["CANCEL", 2], ["0x1f", 1]]),
    goAways: new Map([["NO_ERROR", 1]]),
  });
});
