import assert from "node:assert/strict";
import { CannotRunError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import { SERVICES } from "../../../kube/resource.ts";
import type { OwnedObjects } from "../../../kube/owned/owned_objects.ts";
import { makeObjects } from "../../../kube/owned/make_objects.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryCluster, statusError } from "../../support/memory_cluster.ts";

const SERVICE = { metadata: { namespace: "sim", name: "sim-service-0001" } };

function around() {
  const cluster = new MemoryCluster();
  const clock = new FakeClock();
  const { signal: stopping } = new AbortController();
  const mine = new Set<string>();
  const owned = {
    register: ({ name }: { name: string }) => void mine.add(name),
    release: ({ name }: { name: string }) => void mine.delete(name),
  } as unknown as OwnedObjects;
  const make = () =>
    makeObjects({ clock, rng: createRng(1), stopping }, {
      cluster,
      objectsOf: () => owned,
      kind: SERVICES,
      objects: [SERVICE],
    });
  return { cluster, clock, mine, make };
}

Deno.test("what is there already is not of this run: it is neither used nor deleted", async () => {
  const { cluster, mine, make } = around();
  await cluster.create(SERVICES, SERVICE);
  await assert.rejects(make(), (error) => {
    assert.ok(error instanceof CannotRunError);
    assert.match(error.message, /^Service sim\/sim-service-0001 is there already, and not of this/);
    return true;
  });
  assert.deepEqual([...mine], []);
});

Deno.test("what an earlier try has made is the run's, though its answer was lost", async () => {
  const { cluster, clock, mine, make } = around();
  cluster.fail("create", statusError(503, "ServiceUnavailable", 1_000), { afterEffect: true });
  const making = make();
  await clock.advance(10_000);
  await making;
  assert.deepEqual([...mine], ["sim-service-0001"]);
});
