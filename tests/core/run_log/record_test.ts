import assert from "node:assert/strict";
import { EndReason, isOrderly } from "../../../core/run_log/record.ts";

Deno.test("a load is over in order when its time or amount is, or somebody who steers it says so", () => {
  const orderly = EndReason.options.filter((reason) => isOrderly({ reason }));
  assert.deepEqual(orderly, ["duration", "limit", "stopped"]);
  assert.equal(isOrderly(undefined), false);
});
