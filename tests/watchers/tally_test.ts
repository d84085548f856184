import assert from "node:assert/strict";
import { Tally } from "../../watchers/tally.ts";
import { testRun } from "./support.ts";

Deno.test("Tally keeps what was counted before the run's beginning until it has begun", () => {
  const { run, totals } = testRun();
  const tally = new Tally();
  const lists = tally.counter("lists");
  lists.value++;
  tally.flush(run);
  run.begin();
  assert.equal(totals().counter("lists"), undefined);
  lists.value += 2;
  tally.flush(run);
  tally.flush(run);
  assert.equal(totals().counter("lists"), 3);
});

Deno.test("Tally adds up counters of one name, and leaves out those that never moved", () => {
  const { run, totals } = testRun();
  const tally = new Tally();
  run.begin();
  tally.counter("events", { type: "added" }).value = 3;
  tally.counter("events", { type: "deleted" }).value = 4;
  tally.counter("lost");
  tally.flush(run);
  const values = ["events", "lost"].map((name) => totals().counter(name));
  assert.deepEqual(values, [7, undefined]);
});
