/** What steve-watch is on a ladder. @module */

import assert from "node:assert/strict";
import { resolveSettings } from "../../../core/command/settings.ts";
import { STEVE_WATCH_FLAGS } from "../../../watchers/steve/flags.ts";
import { planAt, steveModel, steveNeeds, stevePlan } from "../../../watchers/steve/steve_plan.ts";

function planOf(flags: Readonly<Record<string, string>>) {
  const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
  const settings = { command: "steve-watch", flags: texts, env: () => undefined };
  return stevePlan(resolveSettings(STEVE_WATCH_FLAGS, settings));
}

Deno.test("on a ladder of steve-watch a rung has its watchers, and the time of a rung", () => {
  const plan = planOf({ ladder: "100,400", "stage-duration": "90s" });
  const { ladder } = plan;
  assert.ok(ladder !== undefined);
  const rung = planAt(plan, 100);
  assert.deepEqual([rung.ladder, rung.values.count], [undefined, 100]);
  assert.equal(rung.writesEndMs, 70_000);
  assert.match(steveModel(plan), /^100 watchers at .*, then more watchers$/);
  assert.deepEqual([plan.shown.count, plan.shown.duration], [undefined, undefined]);
});

Deno.test("all that a ladder of steve-watch can come to is asked for before it begins", () => {
  assert.equal(steveNeeds(planOf({ ladder: "100,400" })).otherSockets, 400);
  const search = planOf({ profile: "smoke", "find-max": "true", "max-level": "300" });
  assert.equal(search.ladder?.way.kind === "search" && search.ladder.way.startLevel, 50);
  assert.equal(steveNeeds(search).otherSockets, 300);
});

Deno.test("a rung of steve-watch is long enough to cool down in", () => {
  assert.throws(() => planOf({ ladder: "100,400", "stage-duration": "15s" }), {
    name: "UsageError",
    message: "--stage-duration must be longer than --cool-down (20s), not 15s",
  });
});
