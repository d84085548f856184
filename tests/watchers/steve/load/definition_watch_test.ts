import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../../kube/resource.ts";
import { watchDefinition } from "../../../../watchers/steve/load/definition_watch.ts";
import { CRD_NAME } from "../../../../watchers/steve/load/objects.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryCluster } from "../../../support/memory_cluster.ts";

Deno.test("a change of the definition is noticed once, within a second, whatever looks fail", async () => {
  const clock = new FakeClock(1_000);
  const cluster = new MemoryCluster();
  const stop = new AbortController();
  const define = (generation: number) =>
    cluster.put(CUSTOM_RESOURCE_DEFINITIONS, { metadata: { name: CRD_NAME, generation } });
  define(1);
  const changedMs: number[] = [];
  const watching = watchDefinition({ clock, stopping: stop.signal }, {
    cluster,
    onChanged: (agoMs) => changedMs.push(clock.now() - agoMs),
  });
  await clock.advance(2_100);
  define(2);
  cluster.fail("get", new OperationFailedError("connection-refused", "down"));
  await clock.advance(3_900);
  define(3);
  await clock.advance(1_000);
  stop.abort();
  await watching;
  assert.deepEqual(changedMs, [4_500, 7_500]);
  assert.equal(clock.sleeperCount, 0);
});
