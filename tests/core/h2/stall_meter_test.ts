import assert from "node:assert/strict";
import { StallMeter } from "../../../core/h2/stall_meter.ts";

Deno.test("waits that overlap each count, those under way with their time so far", () => {
  const meter = new StallMeter();
  assert.deepEqual(meter.toStall(5), { count: 0, totalMs: 0 });
  meter.begin(10);
  meter.begin(20);
  assert.deepEqual(meter.toStall(30), { count: 2, totalMs: 30 });
  meter.end(10, 40);
  assert.deepEqual(meter.toStall(50), { count: 2, totalMs: 60 });
  meter.end(20, 50);
  assert.deepEqual(meter.toStall(1_000), { count: 2, totalMs: 60 });
});
