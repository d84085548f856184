import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { messageOf } from "../../../core/errors.ts";
import { UndoStack } from "../../../core/run/undo_stack.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A stack whose undos note what they do, on a clock that stands still. */
function made() {
  const clock = new FakeClock(500);
  const stack = new UndoStack();
  const done: string[] = [];
  const said: [atMs: number, text: string][] = [];
  const cutting = new AbortController();
  const undoAll = async () => {
    const leftovers = await stack.undoAll({
      clock,
      signal: cutting.signal,
      onLong: (text) => said.push([clock.now() - 500, text]),
    });
    return leftovers.map(({ label, byHand, error }) => [label, messageOf(error), byHand ?? ""]);
  };
  /** Takes this long, whatever its signal says. */
  const slow = (label: string, ms: number) => ({
    label,
    byHand: `by hand ${label}`,
    undo: async () => {
      await clock.sleepUntil(clock.now() + ms);
      done.push(label);
    },
  });
  /** Works until its signal aborts. */
  const heedful = (label: string, error?: Error) => ({
    label,
    byHand: `by hand ${label}`,
    undo: async (signal: AbortSignal) => {
      await clock.sleepUntil(Infinity, signal);
      throw error ?? signal.reason;
    },
  });
  return { clock, stack, done, said, cutting, undoAll, slow, heedful };
}

Deno.test("undos run last in, first out, one after the other", async () => {
  const { stack, done, undoAll } = made();
  for (const label of ["namespace", "config map", "watch"]) {
    stack.push({
      label,
      undo: async () => {
        done.push(`${label} begins`);
        await Promise.resolve();
        done.push(`${label} ends`);
      },
    });
  }
  deepStrictEqual(await undoAll(), []);
  deepStrictEqual(done, [
    "watch begins",
    "watch ends",
    "config map begins",
    "config map ends",
    "namespace begins",
    "namespace ends",
  ]);
});

Deno.test("what cannot be undone is told with its command, and keeps nothing else from being tried", async () => {
  const { stack, done, undoAll } = made();
  const ok = (label: string) => ({ label, undo: () => Promise.resolve(void done.push(label)) });
  stack.push(ok("first"));
  stack.push({
    label: "second",
    undo: () => Promise.reject(new Error("forbidden")),
    byHand: "kubectl delete second",
  });
  stack.push({
    label: "third",
    undo: () => {
      throw "at once";
    },
  });
  stack.push(ok("fourth"));
  deepStrictEqual(await undoAll(), [
    ["third", "at once", ""],
    ["second", "forbidden", "kubectl delete second"],
  ]);
  deepStrictEqual(done, ["fourth", "first"]);
});

Deno.test("everything is undone once, also what an undo defers itself", async () => {
  const { stack, done, undoAll } = made();
  stack.push({
    label: "outer",
    undo: () => {
      stack.push({ label: "inner", undo: () => Promise.resolve(void done.push("inner")) });
      done.push("outer");
      return Promise.resolve();
    },
  });
  await undoAll();
  await undoAll();
  deepStrictEqual(done, ["outer", "inner"]);
});

Deno.test("a cut ends what heeds it and leaves the rest untried, each told with its command", async () => {
  const { clock, stack, done, cutting, undoAll, slow, heedful } = made();
  stack.push(slow("namespace", 10));
  stack.push(slow("secrets", 10));
  stack.push(heedful("config maps", new Error("7 of 900 are left")));
  const undoing = undoAll();
  await clock.advance(300);
  cutting.abort(new Error("cut off by SIGINT"));
  await clock.advance(0);
  deepStrictEqual(await undoing, [
    ["config maps", "7 of 900 are left", "by hand config maps"],
    ["secrets", "not tried: cut off by SIGINT", "by hand secrets"],
    ["namespace", "not tried: cut off by SIGINT", "by hand namespace"],
  ]);
  deepStrictEqual(done, []);
  strictEqual(clock.sleeperCount, 0);
});

Deno.test("an undo that is done within a second after the cut is done; later it counts as left", async () => {
  for (
    const [ms, expected] of [
      [1_200, []],
      [1_400, [["config maps", "no time left", "by hand config maps"]]],
    ] as const
  ) {
    const { clock, stack, cutting, undoAll, slow } = made();
    stack.push(slow("config maps", ms));
    const undoing = undoAll();
    await clock.advance(300);
    cutting.abort(new Error("no time left"));
    await clock.advance(1_000);
    deepStrictEqual(await undoing, expected);
  }
});

Deno.test("an undo that does not heed its signal and fails later disturbs nothing", async () => {
  const { clock, stack, cutting, undoAll } = made();
  stack.push({
    label: "one",
    undo: async () => {
      await clock.sleepUntil(clock.now() + 5_000);
      throw new Error("too late to be heard");
    },
  });
  cutting.signal.addEventListener("abort", () => {});
  const undoing = undoAll();
  await clock.advance(10);
  cutting.abort(new Error("cut"));
  await clock.advance(1_000);
  deepStrictEqual(await undoing, [["one", "cut", ""]]);
  await clock.advance(10_000);
});

Deno.test("what takes more than a second is told, and again every 10 s; each undo by itself", async () => {
  const { clock, stack, said, undoAll, slow } = made();
  stack.push(slow("last", 1_500));
  stack.push(slow("short", 999));
  stack.push(slow("long", 21_000));
  const undoing = undoAll();
  await clock.advance(60_000);
  deepStrictEqual(await undoing, []);
  deepStrictEqual(said, [
    [1_000, "long"],
    [10_000, "long, 10s so far"],
    [20_000, "long, 20s so far"],
    [22_999, "last"],
  ]);
  strictEqual(clock.sleeperCount, 0);
});
