import assert from "node:assert/strict";
import fc from "fast-check";
import {
  PROFILES,
  routeProfile,
  simulatedSize,
} from "../../../../probes/gateway/objects/profile.ts";

const RULES: readonly [routes: number, batch: number, setUpS: number, tearDownS: number][] = [
  [100, 100, 30, 10],
  [1_000, 100, 30, 10],
  [1_001, 100, 90, 20],
  [4_999, 100, 90, 20],
  [5_000, 500, 90, 20],
  [5_001, 500, 120, 30],
];

for (const [routes, batch, setUpS, tearDownS] of RULES) {
  Deno.test(`${routes} routes have the batches and limits of the original`, () => {
    assert.deepEqual(routeProfile(routes), {
      batch,
      pauseMs: 100,
      setUpLimitMs: setUpS * 1_000,
      tearDownLimitMs: tearDownS * 1_000,
    });
  });
}

Deno.test("the profiles are those of the original", () => {
  assert.deepEqual(PROFILES, { baseline: 1_000, production: 5_000 });
});

const SIZES: readonly [routes: number, nodes: number, servicesPerNode: number, services: number][] =
  [
    [100, 2, 20, 40],
    [200, 2, 33, 66],
    [1_000, 5, 66, 330],
    [5_000, 50, 50, 2_500],
    [10_000, 100, 50, 5_000],
  ];

for (const [routes, nodes, servicesPerNode, services] of SIZES) {
  Deno.test(`behind ${routes} routes is a cluster as large as the original's`, () => {
    assert.deepEqual(simulatedSize(routes), { nodes, servicesPerNode, services });
  });
}

Deno.test("a simulated cluster of any number of routes is one of whole things", () => {
  fc.assert(fc.property(fc.nat(100_000), (routes) => {
    const { nodes, servicesPerNode, services } = simulatedSize(routes);
    assert.ok([nodes, servicesPerNode, services].every((n) => Number.isInteger(n) && n > 0));
    assert.equal(services, nodes * servicesPerNode);
  }));
});
