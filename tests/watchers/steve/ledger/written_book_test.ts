import assert from "node:assert/strict";
import fc from "fast-check";
import { WrittenBook } from "../../../../watchers/steve/ledger/written_book.ts";
import type { WrittenEvent } from "../../../../watchers/steve/written_event.ts";

function event(revision: number, atMs = revision): WrittenEvent {
  return { type: "t", op: "create", name: `n${revision}`, revision: BigInt(revision), atMs };
}

Deno.test("events come out by revision, each once, in whatever order they were written down", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), fc.nat(45), (revisions, asked) => {
      const book = new WrittenBook();
      for (const revision of revisions) book.add(event(revision));
      const sorted = [...new Set(revisions)].sort((one, other) => one - other);
      assert.deepEqual(sorted.map((_, index) => book.at(index)?.revision), sorted);
      assert.equal(book.size, sorted.length);
      assert.equal(book.indexAfter(asked), sorted.filter((one) => one <= asked).length);
      assert.equal(book.find(asked)?.revision, sorted.find((one) => one === asked));
      assert.equal(book.findFrom(asked)?.revision, sorted.find((one) => one >= asked));
    }),
  );
});

Deno.test("an event has its namespace in its id, if it has one", () => {
  const book = new WrittenBook();
  book.add(event(1));
  book.add({ ...event(2), namespace: "ns" });
  assert.deepEqual([book.at(0)?.id, book.at(1)?.id], ["n1", "ns/n2"]);
});

Deno.test("old events are forgotten a thousand at a time, and the others stay", () => {
  const book = new WrittenBook();
  for (let revision = 1; revision <= 2_500; revision++) book.add(event(revision));
  book.forgetBefore(1_000);
  assert.equal(book.size, 2_500);
  book.forgetBefore(1_001);
  assert.equal(book.size, 1_500);
  assert.equal(book.at(0)?.revision, 1_001);
  book.forgetBefore(Infinity);
  assert.equal(book.size, 0);
});
