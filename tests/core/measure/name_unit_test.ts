import assert from "node:assert/strict";
import { baseName, unitOfName } from "../../../core/measure/name_unit.ts";

Deno.test("the unit of a series is the one that its name states", () => {
  const units = {
    receivedBytes: "bytes",
    'receivedBytes{connection="0"}': "bytes",
    bytes_sent: "bytes",
    "rss-bytes": "bytes",
    cpuRatio: "ratio",
    loopLagMs: "ms",
    inFlight: "count",
    kilobytesque: "count",
    'items{unit="bytes"}': "count",
  };
  for (const [name, unit] of Object.entries(units)) assert.equal(unitOfName(name), unit, name);
});

Deno.test("the base name of a series is its name without tags", () => {
  assert.equal(baseName('received{connection="{"}'), "received");
  assert.equal(baseName("received"), "received");
});
