import assert from "node:assert/strict";
import { KeyedWakes } from "../../../core/load/keyed_wakes.ts";

Deno.test("who waits for one thing is woken by that one, and who waits for any by each", () => {
  const wakes = new KeyedWakes();
  const woken: string[] = [];
  const ends = [
    wakes.on("a", () => woken.push("of a")),
    wakes.on("b", () => woken.push("of b")),
    wakes.on(undefined, () => woken.push("of any")),
  ];
  wakes.wake("a");
  assert.deepEqual(woken.splice(0), ["of a", "of any"]);
  wakes.wakeAll();
  assert.deepEqual(woken.splice(0).sort(), ["of a", "of any", "of b"]);
  ends[0]!();
  wakes.wake("a");
  assert.deepEqual(woken, ["of any"]);
});
