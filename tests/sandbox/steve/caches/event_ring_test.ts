import assert from "node:assert/strict";
import fc from "fast-check";
import { EventRing, SlowReaderError } from "../../../../sandbox/steve/caches/event_ring.ts";

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
