import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Rounds } from "../../../core/load/rounds.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Who was seen to, and when. */
function rounds(things: readonly string[], groups: number) {
  const clock = new FakeClock();
  const seen: [string, number][] = [];
  const all = new Rounds<string>((group) => {
    for (const thing of group) seen.push([thing, clock.now()]);
  }, { clock, periodMs: 1_000, groups });
  for (const thing of things) all.add(thing);
  return { clock, seen, all };
}

Deno.test("each thing is seen to once a period, in turns of equal parts of it", async () => {
  const { clock, seen, all } = rounds(["a", "b", "c", "d", "e"], 4);
  await clock.advance(1_000);
  deepStrictEqual(seen, [["a", 250], ["e", 250], ["b", 500], ["c", 750], ["d", 1_000]]);
  await clock.advance(1_000);
  deepStrictEqual(seen.slice(5).map(([thing]) => thing), ["a", "e", "b", "c", "d"]);
  await all[Symbol.asyncDispose]();
  strictEqual(clock.sleeperCount, 0);
});

Deno.test("what has left is not seen to, and one that joins is from its next turn on", async () => {
  const { clock, seen, all } = rounds(["a", "b"], 2);
  strictEqual(all.delete("a"), true);
  strictEqual(all.delete("a"), false);
  await clock.advance(500);
  all.add("c");
  all.add("c");
  deepStrictEqual([...all.all], ["b", "c"]);
  strictEqual(all.size, 2);
  await clock.advance(1_000);
  deepStrictEqual(seen, [["b", 1_000], ["c", 1_500]]);
  await all[Symbol.asyncDispose]();
});
