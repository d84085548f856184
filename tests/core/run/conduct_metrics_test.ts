import assert from "node:assert/strict";
import type { RunPlan } from "../../../core/run/run_plan.ts";
import type { GivenTexts } from "../../../core/command/settings.ts";
import { Conducted, loadFor } from "./conducted.ts";

const METRICS = { "metrics-addr": ["127.0.0.1:0"] };

async function metricsAt(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 200);
  return await response.text();
}

Deno.test("/metrics has the instrument's own too, and stays up after the end until it is over", async () => {
  await using run = new Conducted({
    metrics: (run) => `# TYPE log_ended gauge\nlog_ended ${run.end === undefined ? 0 : 1}`,
    lingerMs: 15_000,
  }, METRICS);
  const [, url = ""] = await run.said(/^metrics and profiles at (.*)$/m);
  assert.match(await metricsAt(url), /^# TYPE log_ended gauge\nlog_ended 0\n$/m);
  await run.clock.advance(100);
  await run.said(/^keeping \/metrics up for 15s; Ctrl-C to end at once$/m);
  assert.equal(run.report.verdict, "pass", "the report does not wait");
  const page = await metricsAt(url);
  assert.match(page, /^scaletool_operations_total\{op="request",outcome="ok",reason=""\} 1$/m);
  assert.match(page, /\nlog_ended 1\n$/);
  await run.clock.advance(14_900);
  assert.equal(run.isOver, false);
  await run.clock.advance(200);
  assert.equal(await run.exitCode, 0);
  await assert.rejects(metricsAt(url), TypeError);
  assert.equal(run.stderr.match(/keeping/g)?.length, 1);
});

Deno.test("a signal ends the time that /metrics stays up, and changes no exit code", async () => {
  await using run = new Conducted({ lingerMs: 15_000 }, METRICS);
  await run.said(/^metrics and profiles at/m);
  await run.clock.advance(100);
  await run.said(/^keeping/m);
  run.signal("SIGTERM");
  assert.equal(await run.exitCode, 0);
  assert.match(run.stderr, /^SIGTERM: ending$/m);
});

const NO_LINGER: readonly [what: string, plan: Partial<RunPlan>, flags: GivenTexts][] = [
  ["without --metrics-addr", {}, {}],
  ["unless the plan says so", { lingerMs: 0 }, METRICS],
  ["after a load that broke", {
    instrument: async (run) => {
      await loadFor(100)(run, () => {});
      throw new Error("broke");
    },
  }, METRICS],
];

for (const [what, plan, flags] of NO_LINGER) {
  Deno.test(`no time is kept for a last scrape ${what}`, async () => {
    await using run = new Conducted({ lingerMs: 15_000, ...plan }, flags);
    if (flags === METRICS) await run.said(/^metrics and profiles at/m);
    await run.clock.advance(100);
    await run.exitCode;
    assert.doesNotMatch(run.stderr, /keeping/);
  });
}

Deno.test("no time is kept for a last scrape after a signal", async () => {
  await using run = new Conducted({ lingerMs: 15_000, instrument: loadFor(Infinity) }, METRICS);
  await run.said(/^metrics and profiles at/m);
  await run.clock.advance(500);
  run.signal("SIGINT");
  assert.equal(await run.exitCode, 130);
  assert.doesNotMatch(run.stderr, /keeping/);
});
