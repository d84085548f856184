import assert from "node:assert/strict";
import fc from "fast-check";
import { RouteNumbers } from "../../../../probes/gateway/propagation/route_numbers.ts";

Deno.test("property: no two routes of a pass have a number in common, and none is left out", () => {
  const count = fc.integer({ min: 1, max: 50 });
  fc.assert(fc.property(count, count, fc.boolean(), (routes, initial, isChurned) => {
    const numbers = new RouteNumbers({ initial, isChurned, routes });
    const all = [
      ...numbers.changing(),
      ...numbers.initial(),
      ...numbers.measured(0),
      ...numbers.measured(1),
    ];
    assert.deepEqual(all.toSorted((one, other) => one - other), all.map((_, index) => index + 1));
    assert.equal(numbers.mostAtOnce, all.length - routes);
    assert.equal(numbers.changing().length > 0, isChurned);
  }));
});
