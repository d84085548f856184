import assert from "node:assert/strict";
import fc from "fast-check";
import { ClosedStreams, type Manner } from "../../../core/h2/closed_streams.ts";

Deno.test("the last thousand are remembered, older ones forgotten", () => {
  const closed = new ClosedStreams();
  for (let id = 1; id < 10_000; id += 2) {
    closed.begin(id);
    closed.end(id, "both ended");
  }
  assert.equal(closed.mannerOf(9_999), "both ended");
  assert.equal(closed.mannerOf(9_999 - 2 * 1_023), "both ended");
  assert.equal(closed.mannerOf(9_999 - 2 * 1_024), "forgotten");
});

Deno.test("a stream that ends long after others have begun takes no place of theirs", () => {
  const closed = new ClosedStreams();
  for (let id = 1; id <= 2_049; id += 2) closed.begin(id);
  closed.end(2_049, "reset by us");
  closed.end(1, "both ended");
  assert.equal(closed.mannerOf(2_049), "reset by us");
  assert.equal(closed.mannerOf(1), "forgotten");
});

Deno.test("what it says agrees with what happened, as far as it remembers", () => {
  const manner = fc.constantFrom<Manner>("both ended", "reset by us", "reset by the peer");
  const step = fc.record({ skip: fc.oneof(fc.constant(0), fc.nat(3_000)), manner });
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
    const closed = new ClosedStreams();
    const happened = new Map<number, Manner>();
    let id = -1;
    for (const { skip, manner } of steps) {
      id += 2 + 2 * skip;
      closed.begin(id);
      closed.end(id, manner);
      happened.set(id, manner);
    }
    for (let old = Math.max(1, id - 2 * 1_023); old <= id; old += 2) {
      assert.equal(closed.mannerOf(old), happened.get(old) ?? "passed over");
    }
  }));
});
