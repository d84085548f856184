import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { SeenEvent } from "../../../../kube/sample_log/join/seen_objects.ts";
import { matchWrites } from "../../../../kube/sample_log/join/match.ts";
import type { OperationRow } from "../../../../kube/sample_log/operation_row.ts";

/** `o`: a successful write, `x`: a failed one; sent at 0, 1, 2... */
function writes(letters: string): OperationRow[] {
  return [...letters].map((letter, index) => ({
    beforeMs: index,
    afterMs: index + 1,
    op: "update",
    name: "a",
    error: letter === "o" ? "" : "it timed out",
  }));
}

/** `e`: a notification, `d`: a duplicate; taken at 100, 101... */
function events(letters: string): SeenEvent[] {
  return [...letters].map((letter, index) => ({
    op: "update",
    enqueueMs: 50 + index,
    dequeueMs: 100 + index,
    isDuplicate: letter === "d",
  }));
}

/** The numbers in the order of the columns, and which write goes with which notification. */
function match(written: string, seen: string) {
  const { pairs, ...counts } = matchWrites(writes(written), events(seen));
  const { notified, missing, failedButSeen, unexpected } = counts;
  return [
    [notified, missing, failedButSeen, unexpected],
    pairs.map(([write, event]) => `${write.beforeMs}:${event.dequeueMs - 100}`).join(" "),
  ];
}

Deno.test("matchWrites() pairs in order where the numbers agree, and else only counts", () => {
  for (
    const [written, seen, counts, pairs] of [
      ["", "", [0, 0, 0, 0], ""],
      ["ooo", "eee", [3, 0, 0, 0], "0:0 1:1 2:2"],
      ["ooo", "", [0, 3, 0, 0], ""],
      ["ooo", "ee", [2, 1, 0, 0], ""],
      ["o", "ee", [1, 0, 0, 1], ""],
      ["", "ee", [0, 0, 0, 2], ""],
      ["", "dd", [0, 0, 0, 0], ""],
      // Failed writes are taken for not done, unless there is a notification for each.
      ["oxo", "ee", [2, 0, 0, 0], "0:0 2:1"],
      ["oxo", "eee", [2, 0, 1, 0], "0:0 2:2"],
      ["x", "", [0, 0, 0, 0], ""],
      ["x", "e", [0, 0, 1, 0], ""],
      ["xxo", "ee", [1, 0, 1, 0], ""],
      ["ox", "eee", [1, 0, 1, 1], ""],
      // A duplicate counts where it makes the numbers agree, and never as unexpected.
      ["oo", "ed", [2, 0, 0, 0], "0:0 1:1"],
      ["oo", "ede", [2, 0, 0, 0], "0:0 1:2"],
      ["ooo", "edd", [3, 0, 0, 0], "0:0 1:1 2:2"],
      ["ooo", "eddd", [3, 0, 0, 0], ""],
      ["ooo", "ed", [2, 1, 0, 0], ""],
      ["o", "ddd", [1, 0, 0, 0], ""],
    ] as const
  ) deepStrictEqual(match(written, seen), [[...counts], pairs], `${written} / ${seen}`);
});

Deno.test("matchWrites() takes writes in the order in which they were sent", () => {
  const shuffled = writes("ooo").reverse();
  const { pairs } = matchWrites(shuffled, events("eee"));
  deepStrictEqual(pairs.map(([write]) => write.beforeMs), [0, 1, 2]);
});

Deno.test("matchWrites() accounts for every write, and for every notification that is no duplicate", () => {
  const letters = (some: string) => fc.string({ unit: fc.constantFrom(...some), maxLength: 7 });
  fc.assert(
    fc.property(letters("ox"), letters("ed"), (written, seen) => {
      const result = matchWrites(writes(written), events(seen));
      const okWrites = written.replaceAll("x", "").length;
      strictEqual(result.notified + result.missing, okWrites);
      ok(result.failedButSeen <= written.length - okWrites);
      const used = result.notified + result.failedButSeen + result.unexpected;
      ok(used <= seen.length && used >= seen.replaceAll("d", "").length);
      ok(result.missing === 0 || result.unexpected === 0);
      ok(result.pairs.length === 0 || result.pairs.length === result.notified);
      ok(Object.values(result).every((count) => typeof count === "object" || count >= 0));
    }),
  );
});
