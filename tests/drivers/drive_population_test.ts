import assert from "node:assert/strict";
import { Driven } from "./harness.ts";
import { observing } from "./observing.ts";

/** Five objects, 0.1 s apart, each for 0.35 s. */
const SHORT = { rate: "10/s", n: "5", ttl: "350ms" };

Deno.test("the population is read, and in its steady state compared with Little's law", async () => {
  const { startLogger, options } = observing();
  await using driven = new Driven({
    rate: "10/s",
    n: "50",
    maxpop: "10",
    "with-logger": "true",
  }, { startLogger });
  await driven.clock.advance(500);
  const live = options[0]?.run.live;
  assert.equal(await driven.finish(), 0);
  const [all, peak, target, steady] = [
    "population",
    "populationPeak",
    "populationTarget",
    "populationSteady",
  ].map((name) => live?.gauge(name));
  assert.deepEqual([target?.min, target?.max], [10, 10]);
  // Ten come in the first second; from then on one goes as one comes, until the last at 4.9 s.
  assert.deepEqual([steady?.min, steady?.max, steady?.count], [10, 10, 39]);
  assert.deepEqual([all?.min, all?.max], [1, 10]);
  assert.ok(all!.sum / all!.count < 9.5, `${all!.sum / all!.count}`);
  assert.ok(peak!.max >= 10 && peak!.max <= 11, `${peak!.max}`);
});

Deno.test("a reading is the mean over 0.1 s, its peak the most at any moment", async () => {
  await using driven = new Driven(SHORT);
  await driven.finish();
  const { gauges } = driven.conducted.report.summary;
  const most = (name: string) => gauges.find((gauge) => gauge.name === name)?.max;
  // From 0.3 s to 0.35 s there are four, until 0.4 s three.
  assert.deepEqual([most("population"), most("populationPeak")], [3.5, 4]);
});

for (
  const [what, flags, command] of [
    ["a closed load", { n: "20", rate: "10" }, "cmdriverclosed"],
    ["a schedule that ends", { rate: "step:10/s@2s", n: "20", ttl: "500ms" }, "cmdriver"],
    ["a load that is over before the first object goes", { ...SHORT, ttl: "1s" }, "cmdriver"],
  ] as const
) {
  Deno.test(`${what} has no steady state`, async () => {
    await using driven = new Driven(flags, { command });
    assert.equal(await driven.finish(), 0, driven.conducted.stderr);
    const gauges = driven.conducted.report.summary.gauges.map(({ name }) => name);
    assert.ok(gauges.includes("population"));
    assert.ok(!gauges.includes("populationSteady"));
  });
}
