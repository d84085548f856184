import assert from "node:assert/strict";
import { Wakes } from "../../../core/load/wakes.ts";

Deno.test("who is subscribed is woken each time, until it is no more", () => {
  const wakes = new Wakes();
  const woken: string[] = [];
  const endOne = wakes.woken(() => woken.push("one"));
  const endOther = wakes.woken(() => woken.push("other"));
  wakes.wake();
  endOne();
  wakes.wake();
  endOther();
  wakes.wake();
  assert.deepEqual(woken, ["one", "other", "other"]);
  assert.ok(wakes.isEmpty);
});
