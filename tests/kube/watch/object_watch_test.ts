import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { createRng } from "../../../core/load/rng.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { CONFIG_MAPS } from "../../../kube/resource.ts";
import {
  ObjectWatch,
  type ObjectWatchOptions,
  type ObjectWrite,
} from "../../../kube/watch/object_watch.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  added,
  bookmark,
  deleted,
  listed,
  modified,
  object,
  ScriptedCluster,
  type ScriptStep,
  SILENCE,
  status,
  watched,
} from "../../support/scripted_cluster.ts";

/** Object `a` as the controller left it with the write of this number, a second each. */
function written(rv: number, routes = 0): KubeObject {
  const { metadata } = object("a", { rv });
  const time = `2026-01-01T00:00:${String(rv).padStart(2, "0")}Z`;
  const managedFields = [{ manager: "controller", subresource: "status", time }];
  const managed = { ...metadata, managedFields };
  return { metadata: managed, status: { routes } };
}

async function open(steps: readonly ScriptStep[], options: Partial<ObjectWatchOptions> = {}) {
  const clock = new FakeClock();
  const cluster = new ScriptedCluster(clock, steps);
  const writes: ObjectWrite[] = [];
  const opening = ObjectWatch.open(cluster, {
    resource: CONFIG_MAPS,
    clock,
    rng: createRng(1),
    onWrite: (write) => writes.push(write),
    ...options,
  });
  opening.catch(() => {}); // awaited below
  await clock.settle();
  return { clock, writes, watch: await opening };
}

const NEVER = new AbortController().signal;

function routesOf(watch: ObjectWatch): number {
  return (watch.get("ns/a")?.["status"] as { routes: number } | undefined)?.routes ?? 0;
}

Deno.test("a wait ends with the event that makes it so, and is timed by it", async () => {
  const { clock, watch } = await open([
    listed(1, [written(1)]),
    watched(
      { pauseMs: 700 },
      modified(written(2, 1)),
      { pauseMs: 900 },
      modified(written(3, 2)),
      SILENCE,
    ),
  ]);
  let endedMs: number | undefined;
  const wait = watch.until(() => routesOf(watch) >= 2 ? "attached" : undefined, {
    timeoutMs: 5_000,
    signal: NEVER,
  }).finally(() => endedMs = clock.now());
  await clock.advance(3_000);
  assert.equal(await wait, "attached");
  assert.equal(endedMs, 1_600);
  await watch[Symbol.asyncDispose]();
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a wait that runs out is a stalled operation, and one whose watch ends does not hang", async () => {
  const { clock, watch } = await open([listed(1, []), watched(SILENCE)]);
  const stalled = watch.until(() => undefined, { timeoutMs: 2_000, what: "a" })
    .catch((thrown: unknown) => thrown);
  await clock.advance(2_000);
  const error = await stalled;
  assert.ok(error instanceof OperationFailedError && error.reason === "stalled", `${error}`);
  const orphan = watch.until(() => undefined, { timeoutMs: Infinity })
    .catch((thrown: unknown) => `${thrown}`);
  await watch[Symbol.asyncDispose]();
  assert.match(`${await orphan}`, /AbortError/);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("a wait of one object looks at that one's changes alone, and at the end of its watch", async () => {
  const other = { ...written(3), metadata: { ...written(3).metadata, name: "b", uid: "b" } };
  const { clock, watch } = await open([
    listed(1, [written(1)]),
    watched({ pauseMs: 10 }, added(other), { pauseMs: 10 }, modified(written(4)), SILENCE),
  ]);
  let looks = 0;
  const wait = watch.until(() => void looks++, { timeoutMs: Infinity, of: "ns/a" })
    .catch((thrown: unknown) => `${thrown}`);
  await clock.advance(100);
  assert.equal(looks, 2, "at once, and when it changed");
  await watch[Symbol.asyncDispose]();
  assert.match(`${await wait}`, /AbortError/);
});

Deno.test("each notified change is one write of its manager; what was there and what goes is none", async () => {
  const { clock, watch, writes } = await open([
    listed(1, [written(1)]),
    watched(
      modified(written(2)),
      bookmark(3),
      modified(written(4)),
      added({ ...written(5), metadata: { ...written(5).metadata, name: "b", uid: "b" } }),
      deleted(written(6)),
      SILENCE,
    ),
  ]);
  await clock.advance(0);
  assert.deepEqual(watch.writes, [{ manager: "controller", subresource: "status", count: 3 }]);
  assert.equal(watch.missed, 0);
  assert.deepEqual(
    writes.map(({ before, after }) =>
      `${before?.metadata.resourceVersion} ${after.metadata.resourceVersion}`
    ),
    ["1 2", "2 4", "undefined 5"],
  );
  assert.deepEqual([...watch.keys()], ["ns/b"]);
  await watch[Symbol.asyncDispose]();
});

Deno.test("changes that only a later list shows are missed writes, and count for nobody", async () => {
  const { clock, watch, writes } = await open([
    listed(1, [written(1)]),
    watched(modified(written(2)), { error: status(410, { reason: "Expired" }) }),
    listed(9, [written(9)]),
    watched(modified(written(10)), SILENCE),
  ]);
  await clock.advance(60_000);
  assert.equal(watch.missed, 1);
  assert.equal(writes.length, 2);
  await watch[Symbol.asyncDispose]();
});

Deno.test("a kind that is not served, or a stop before the first list, ends the opening", async () => {
  await assert.rejects(open([{ list: status(404, { reason: "NotFound" }) }]), /404/);
  const controller = new AbortController();
  const opening = open([{ list: new Error("never"), afterMs: Infinity }], {
    signal: controller.signal,
  });
  controller.abort(new Error("stopped"));
  await assert.rejects(opening, /stopped/);
});

Deno.test("the copy of an object keeps nothing of which fields are whose, once it was told", async () => {
  const owned = (rv: number) => {
    const { metadata } = object("a", { rv });
    const fieldsV1 = { "f:status": { "f:routes": {} } };
    const managedFields = [{ manager: "controller", subresource: "status", fieldsV1 }];
    return { metadata: { ...metadata, managedFields }, status: { routes: rv } };
  };
  const fields: unknown[] = [];
  const fieldsOf = (one: KubeObject) =>
    (one.metadata as unknown as { managedFields: { fieldsV1?: unknown }[] }).managedFields
      .map(({ fieldsV1 }) => fieldsV1);
  const { clock, watch } = await open([
    listed(1, [owned(1)]),
    watched(modified(owned(2)), SILENCE),
  ], { onWrite: ({ after }) => fields.push(...fieldsOf(after)) });
  await clock.advance(0);
  assert.deepEqual(fields, [{ "f:status": { "f:routes": {} } }]);
  assert.deepEqual(fieldsOf(watch.get("ns/a")!), [undefined]);
  await watch[Symbol.asyncDispose]();
});

Deno.test("of what is told of whole only what is asked for is kept, and what is there at first is told of", async () => {
  const there: unknown[] = [];
  const kept = ({ metadata: { namespace, name, uid, resourceVersion } }: KubeObject) =>
    ({ metadata: { namespace, name, uid, resourceVersion } }) as KubeObject;
  const { clock, watch, writes } = await open([
    listed(1, [written(1, 1)]),
    watched(modified(written(2, 2)), SILENCE),
  ], { kept, onThere: ({ after }) => there.push(after["status"]) });
  await clock.settle();
  assert.deepEqual(there, [{ routes: 1 }]);
  assert.deepEqual(writes.map(({ before, after }) => [before?.["status"], after["status"]]), [
    [undefined, { routes: 2 }],
  ]);
  assert.equal(watch.get("ns/a")?.metadata.resourceVersion, "2");
  assert.equal(watch.get("ns/a")?.["status"], undefined);
  await watch[Symbol.asyncDispose]();
});
