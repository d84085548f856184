import assert from "node:assert/strict";
import { SystemClock } from "../../../../core/load/clock.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import type { RunLogRecord } from "../../../../core/run_log/record.ts";
import { LightReads } from "../../../../watchers/steve/load/light_read_task.ts";
import { spawnFleetWorker } from "../fleet/fleet_worker.ts";
import { LoopbackSteve } from "../loopback_steve.ts";

function reading({ url }: { url: string }) {
  const run = new Run({
    id: "test",
    clock: new SystemClock(),
    rng: createRng(1),
    log: (...some: readonly RunLogRecord[]) => void some,
  });
  const reads = new LightReads(run, {
    access: {
      target: { baseUrl: url, insecure: false },
      headers: [],
      userAgent: "test",
      requestTimeoutMs: 5_000,
    },
    namespace: "ns",
    ratePerSec: 1_000,
  }, { spawnWorker: spawnFleetWorker, say: () => {} });
  return { run, reads };
}

Deno.test("light reads are made on another thread, in order, and compared with what was told before", async () => {
  await using steve = new LoopbackSteve();
  const { run, reads } = reading(steve);
  run.begin();
  const atMs = run.clock.wallNow().getTime();
  // Sent before the thread can listen: both must reach it all the same, in this order.
  reads.notified("configmaps", { revision: steve.revision + 1, atMs });
  reads.notified("secrets", { revision: steve.revision + 2, atMs });
  reads.begin();
  while ((run.live.counter("staleReads") ?? 0) === 0) {
    await run.clock.sleepUntil(run.clock.now() + 20);
  }
  run.stop("duration");
  await reads.result;
  const read = run.live.operation("lightRead")!;
  assert.equal(read.ok, run.live.counter("staleReads"));
  // Nothing was read here: this thread records no operation.
  assert.deepEqual(
    run.recorder.rotate(run.clock.now()).flatMap(({ operations }) => operations),
    [],
  );
});

Deno.test("a run that is stopped before the reads begin has none, and leaves no thread", async () => {
  await using steve = new LoopbackSteve();
  const { run, reads } = reading(steve);
  run.begin();
  run.stop("interrupted");
  await reads.result;
  assert.equal(run.live.operation("lightRead"), undefined);
});
