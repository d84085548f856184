import assert from "node:assert/strict";
import { OperationFailedError } from "../../../../core/errors.ts";
import { SystemClock } from "../../../../core/load/clock.ts";
import { createRng } from "../../../../core/load/rng.ts";
import { Run } from "../../../../core/run/run.ts";
import type { RunLogRecord } from "../../../../core/run_log/record.ts";
import { StatusError } from "../../../../kube/status_error.ts";
import type { ListQuery, SteveList } from "../../../../watchers/steve/client/steve_client.ts";
import {
  LightReads,
  NotifiedRevisions,
  runLightRead,
} from "../../../../watchers/steve/load/light_read_task.ts";
import { testRun } from "../../support.ts";
import { spawnFleetWorker } from "../fleet/fleet_worker.ts";
import { LoopbackSteve } from "../loopback_steve.ts";

function onThread({ url }: { url: string }) {
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
  const { run, reads } = onThread(steve);
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
  const { run, reads } = onThread(steve);
  run.begin();
  run.stop("interrupted");
  await reads.result;
  assert.equal(run.live.operation("lightRead"), undefined);
});

/** Reads twice a second for a second; each answer is the next of these and takes 20 ms. */
async function reading(
  answers: readonly (string | undefined | Error)[],
  { exclude = [], notified }: { exclude?: string[]; notified?: NotifiedRevisions } = {},
) {
  const test = testRun();
  const { clock, run } = test;
  const asked: [string, Omit<ListQuery, "signal">][] = [];
  let turn = 0;
  const list = async (type: string, { signal: _, ...query }: ListQuery = {}) => {
    asked.push([type, query]);
    const answer = answers[turn++];
    await clock.sleepUntil(clock.now() + 20);
    if (answer instanceof Error) throw answer;
    const revision = answer === undefined ? {} : { revision: answer };
    return { type: "collection", data: [], bytes: 1_000, ...revision } as SteveList;
  };
  const ended = runLightRead(run, {
    steve: { list },
    namespace: "ns",
    ratePerSec: 2,
    exclude,
    ...(notified === undefined ? {} : { notified }),
  });
  await clock.advance(999);
  run.stop("duration");
  await ended;
  return { asked, totals: test.totals() };
}

Deno.test("a read is a list filtered by namespace, timed and weighed", async () => {
  const { asked, totals } = await reading(["5", "6"], { exclude: ["data"] });
  const query = { filter: ["metadata.namespace=ns"], exclude: ["data"] };
  assert.deepEqual(asked, [["configmaps", query], ["configmaps", query]]);
  const read = totals.operation("lightRead")!;
  assert.equal(read.ok, 2);
  for (const view of [read.response, read.service]) {
    assert.ok(Math.abs(view.max / 1_000 - 20) < 0.1);
  }
  assert.equal(totals.distribution("lightReadBytes")?.histogram.max, 1_000);
  assert.equal(totals.counter("staleReads"), undefined);
});

Deno.test("a refusal is counted by its status, and has no size", async () => {
  const { totals } = await reading([
    new StatusError({ kind: "Status" }, { code: 500 }),
    new OperationFailedError("timeout", "late"),
  ]);
  assert.deepEqual(totals.operation("lightRead")?.failed, { "http-500": 1, timeout: 1 });
  assert.equal(totals.distribution("lightReadBytes"), undefined);
});

Deno.test("a read that knows less than watchers were told before it was sent is stale", async () => {
  const notified = new NotifiedRevisions();
  notified.notified("configmaps", { revision: 10n, atMs: 4_900 });
  notified.notified("configmaps", { revision: 9n, atMs: 4_999 });
  notified.notified("secrets", { revision: 99n, atMs: 4_000 });
  const { totals } = await reading(["9", "10"], { notified });
  assert.equal(totals.counter("staleReads"), 1);
  assert.equal(totals.counter("freshReads"), 1);
  const { histogram } = totals.distribution("readStaleness")!;
  assert.ok(Math.abs(histogram.max / 1_000 - 100) < 1);
});

Deno.test("a list without a revision has seen nothing; before any notification nothing is stale", async () => {
  const notified = new NotifiedRevisions();
  const before = await reading([undefined, undefined], { notified });
  assert.equal(before.totals.counter("freshReads"), undefined);
  notified.notified("configmaps", { revision: 1n, atMs: 0 });
  const after = await reading([undefined, "2"], { notified });
  assert.equal(after.totals.counter("staleReads"), 1);
  assert.equal(after.totals.counter("freshReads"), 1);
});
