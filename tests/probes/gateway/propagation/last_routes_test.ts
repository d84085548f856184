import assert from "node:assert/strict";
import { LastRoutes } from "../../../../probes/gateway/propagation/last_routes.ts";
import type { ProbeRoute } from "../../../../probes/gateway/frame/route_set.ts";

function route(name: string): ProbeRoute {
  return { key: `ns/${name}`, fields: { name, namespace: "ns" } } as unknown as ProbeRoute;
}

const AT = { gateway: "a/gw", connection: "fresh" } as const;

Deno.test("the last one to be served is named, and the slowest if that is another one", () => {
  const last = new LastRoutes(3);
  last.took({ ...AT, route: route("r1"), dueMs: 0, firstMs: 40 });
  assert.equal(last.textOf("a/gw"), "r1, 40ms after it was due (fresh)");
  last.took({ ...AT, route: route("r2"), dueMs: 100, firstMs: 110 });
  assert.equal(
    last.textOf("a/gw"),
    "r2, 10ms after it was due (fresh); slowest r1, 40ms after it was due (fresh)",
  );
});

Deno.test("those that were never served are counted once each, and some are named", () => {
  const last = new LastRoutes(9);
  for (const name of ["r1", "r2", "r3", "r4"]) {
    for (const connection of ["fresh", "kept"] as const) {
      last.took({ ...AT, connection, route: route(name), dueMs: 0, firstMs: undefined });
    }
  }
  assert.equal(last.textOf("a/gw"), "4 of 9 not in time: r1, r2, r3, ...");
});

Deno.test("each Gateway has a line of its own", () => {
  const last = new LastRoutes(1);
  last.took({ ...AT, route: route("r1"), dueMs: 0, firstMs: 5 });
  last.took({ ...AT, gateway: "b/gw", route: route("r1"), dueMs: 0, firstMs: undefined });
  assert.equal(last.textOf("a/gw"), "r1, 5ms after it was due (fresh)");
  assert.equal(last.textOf("b/gw"), "1 of 1 not in time: r1");
  assert.equal(last.textOf("c/gw"), undefined);
});
