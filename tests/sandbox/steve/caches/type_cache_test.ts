import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../../../../kube/object.ts";
import { BUILT_IN_RESOURCES } from "../../../../sandbox/kubernetes/discovery/resources.ts";
import { KubeFeed } from "../../../../sandbox/kube_feed.ts";
import { builtInSchema } from "../../../../sandbox/steve/reading/schema.ts";
import {
  EventRing,
  SlowReaderError,
  TypeCache,
} from "../../../../sandbox/steve/caches/type_cache.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const CONFIG_MAPS = builtInSchema(BUILT_IN_RESOURCES.find(({ kind }) => kind === "ConfigMap")!);

function object(name: string, revision: number, data: Record<string, string> = {}): KubeObject {
  return { metadata: { name, namespace: "ns", resourceVersion: String(revision) }, data };
}

function listed(revision: number, ...items: readonly KubeObject[]): Response {
  return Response.json({ metadata: { resourceVersion: String(revision) }, items });
}

function watched(...events: readonly (readonly [type: string, object: unknown])[]): Response {
  return new Response(
    events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join(""),
  );
}

/** A cache that is fed with answers, in order; after them with nothing. */
async function cacheOf(...answers: readonly Response[]) {
  const clock = new FakeClock();
  const paths: string[] = [];
  const left = [...answers];
  const kube = ({ path }: { path: string }) => {
    paths.push(path);
    const answer = left.shift();
    return answer === undefined ? new Promise<never>(() => {}) : Promise.resolve(answer);
  };
  const told: string[] = [];
  const cache = new TypeCache(CONFIG_MAPS, {
    feed: new KubeFeed(kube, { clock }),
    clock,
    ringEvents: 10,
    ingestLagMs: 0,
    onStored: ({ name, object, revision }) =>
      told.push(`${name} ${object.metadata.name} ${revision}`),
    ended: new AbortController().signal,
  });
  await clock.advance(10_000);
  await cache.ready;
  return { cache, paths, told };
}

Deno.test("objects of the first list are events in its order, and the last one is the revision", async () => {
  const { cache, paths, told } = await cacheOf(listed(9, object("a", 7), object("b", 3)));
  assert.deepEqual(told, ["resource.create a 7", "resource.create b 3"]);
  assert.equal(cache.revision, "3");
  assert.equal(cache.ring.find("9"), undefined);
  assert.deepEqual(paths, ["/api/v1/configmaps", "/api/v1/configmaps?watch=1&resourceVersion=9"]);
});

Deno.test("a removal has the revision of the removal", async () => {
  const { cache, told } = await cacheOf(
    listed(1, object("a", 1)),
    watched(["MODIFIED", object("a", 2)], ["BOOKMARK", object("", 5)], [
      "DELETED",
      object("a", 6),
    ]),
  );
  assert.deepEqual(told, ["resource.create a 1", "resource.change a 2", "resource.remove a 6"]);
  assert.deepEqual([...cache.objects], []);
});

Deno.test("after a watch that is too old, a list tells what was missed and nothing twice", async () => {
  const { told } = await cacheOf(
    listed(2, object("a", 1), object("b", 2)),
    watched(["ERROR", { code: 410 }]),
    listed(9, object("b", 2), object("c", 9)),
  );
  assert.deepEqual(told.slice(2), ["resource.remove a 1", "resource.create c 9"]);
});

Deno.test("a type that the server does not have is asked for again", async () => {
  const missing = new Response(null, { status: 404 });
  const { told } = await cacheOf(missing, listed(1, object("a", 1)));
  assert.deepEqual(told, ["resource.create a 1"]);
});

Deno.test("long values that are equal are one value", async () => {
  const long = "x".repeat(20_000);
  const { cache } = await cacheOf(
    listed(1, object("a", 1, { long }), object("b", 2, { long: `${long.slice(1)}x` })),
  );
  const [one, other] = [...cache.objects].map(({ data }) => data as { long: string });
  assert.equal(one?.long, long);
  assert.equal(other?.long, long);
});

Deno.test("a cache that has ended tells its watchers only if it is to", async () => {
  for (const tells of [true, false]) {
    const { cache } = await cacheOf(listed(1));
    let ends = 0;
    cache.add({ wake: () => {}, cacheEnded: () => ends++ });
    cache.end({ tells });
    assert.equal(ends, tells ? 1 : 0);
    assert.equal(cache.hasEnded, true);
  }
});

function ringOf(size: number, revisions: readonly string[]): EventRing<{ revision: string }> {
  const ring = new EventRing<{ revision: string }>(size);
  for (const revision of revisions) ring.add({ revision });
  return ring;
}

Deno.test("a revision is found as the text that it is", () => {
  const ring = ringOf(4, ["8", "9", "10"]);
  assert.equal(ring.find("10"), 3);
  assert.equal(ring.find("010"), undefined);
  assert.equal(ring.find(""), undefined);
});

Deno.test("in a full ring the oldest event can be read and is not found", () => {
  const ring = ringOf(2, ["1", "2"]);
  assert.equal(ring.find("1"), undefined);
  assert.equal(ring.read(1).revision, "1");
  assert.equal(ring.find("2"), 2);
});

Deno.test("a reader that was lapped is told how much it has missed", () => {
  const ring = ringOf(3, ["1", "2", "3", "4"]);
  assert.throws(
    () => ring.read(1),
    new SlowReaderError(3),
  );
  assert.equal(ring.read(2).revision, "2");
});

Deno.test("the ring knows what the last events of a list know", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.integer({ min: 0, max: 9 }).map(String), { maxLength: 30 }),
    fc.integer({ min: 0, max: 9 }).map(String),
    (size, revisions, wanted) => {
      const ring = ringOf(size, revisions);
      const first = Math.max(0, revisions.length - size);
      const index = revisions.lastIndexOf(wanted);
      const firstFound = Math.max(0, revisions.length - size + 1);
      assert.equal(ring.last, revisions.length);
      assert.equal(ring.find(wanted), index < firstFound ? undefined : index + 1);
      for (let at = first; at < revisions.length; at++) {
        assert.equal(ring.read(at + 1).revision, revisions[at]);
      }
    },
  ));
});
