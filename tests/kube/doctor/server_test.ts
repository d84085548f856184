import assert from "node:assert/strict";
import fc from "fast-check";
import { estimateClockSkew } from "../../../kube/doctor/server.ts";

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const NOON = "Sat, 21 Nov 2026 12:00:00 GMT";

for (
  const { name, sentMs, receivedMs, skewMs, uncertaintyMs } of [
    {
      name: "the middle of the second",
      sentMs: 500,
      receivedMs: 500,
      skewMs: 0,
      uncertaintyMs: 500,
    },
    { name: "a slow answer", sentMs: 0, receivedMs: 2_000, skewMs: -500, uncertaintyMs: 1_500 },
    {
      name: "a server ahead",
      sentMs: -3_010,
      receivedMs: -2_990,
      skewMs: 3_500,
      uncertaintyMs: 510,
    },
    {
      name: "a server behind",
      sentMs: 60_000,
      receivedMs: 60_001,
      skewMs: -59_500.5,
      uncertaintyMs: 500.5,
    },
  ]
) {
  Deno.test(`estimateClockSkew of ${name}`, () => {
    const times = { sentMs: NOON_MS + sentMs, receivedMs: NOON_MS + receivedMs };
    assert.deepEqual(estimateClockSkew({ ...times, dateHeader: NOON }), { skewMs, uncertaintyMs });
  });
}

Deno.test("the true skew is within the uncertainty, wherever in the round trip the server looked at its clock", () => {
  fc.assert(fc.property(
    fc.integer({ min: NOON_MS - 1e9, max: NOON_MS + 1e9 }),
    fc.integer({ min: 0, max: 60_000 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: -1e8, max: 1e8 }),
    (sentMs, roundTripMs, whenRatio, trueSkewMs) => {
      const serverMs = sentMs + roundTripMs * whenRatio + trueSkewMs;
      const dateHeader = new Date(Math.floor(serverMs)).toUTCString();
      const skew = estimateClockSkew({ sentMs, receivedMs: sentMs + roundTripMs, dateHeader });
      assert.ok(skew !== undefined);
      // 1 ms for the floor above.
      assert.ok(Math.abs(skew.skewMs - trueSkewMs) <= skew.uncertaintyMs + 1);
    },
  ));
});

for (
  const dateHeader of [
    null,
    undefined,
    "",
    "now",
    "2026-11-21T12:00:00Z",
    "Sat, 21 Nov 2026 12:00:00 CET",
    "Sat, 21 Foo 2026 12:00:00 GMT",
    "1",
  ]
) {
  Deno.test(`estimateClockSkew says nothing for the header ${JSON.stringify(dateHeader)}`, () => {
    assert.equal(estimateClockSkew({ sentMs: 0, receivedMs: 0, dateHeader }), undefined);
  });
}
