import assert from "node:assert/strict";
import { Debounce } from "../../../../sandbox/steve/sockets/subscription.ts";

Deno.test("the first event is told at once, and only the first", () => {
  const debounce = new Debounce();
  assert.equal(debounce.event("1"), "notify");
  assert.equal(debounce.event("2"), "wait");
});

Deno.test("events during the waiting time only move the revision", () => {
  const debounce = new Debounce();
  debounce.event("1");
  debounce.event("2");
  assert.deepEqual(["3", "4"].map((revision) => debounce.event(revision)), ["nothing", "nothing"]);
  assert.equal(debounce.due(), "4");
});

Deno.test("after a notification the next event waits again", () => {
  const debounce = new Debounce();
  debounce.event("1");
  debounce.event("2");
  debounce.due();
  assert.equal(debounce.event("3"), "wait");
  assert.equal(debounce.due(), "3");
});
