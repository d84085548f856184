import assert from "node:assert/strict";
import { allMeasures, countersOf, namesOf } from "../../../core/run/measures.ts";

Deno.test("measures add up, and every name that a threshold can ask about is told once", () => {
  const all = allMeasures(
    { counters: countersOf("rows", "lists"), others: ["create"] },
    { counters: [{ name: "rows", tags: { type: "a" } }], others: ["create", "delete"] },
  );
  assert.deepEqual(all.counters.length, 3);
  const names = namesOf(all);
  assert.deepEqual(names.filter((name) => !["loopLag", "cpuRatio"].includes(name)), [
    ...["create", "delete", "heapUsedBytes", "inFlight", "lists", "rows", "rssBytes"],
    "schedulingLag",
  ]);
});
