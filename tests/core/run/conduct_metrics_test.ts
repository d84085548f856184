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

/** The address of the live page, and its token. */
async function livePageOf(run: Conducted): Promise<{ url: string; token: string }> {
  const [, url = "", token = ""] = await run.said(/^live page at (\S+)\/(?:#token=(\S+))?$/m);
  return { url, token };
}

function changed(url: string, token: string, change: unknown): Promise<Response> {
  return fetch(`${url}/live/change`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(change),
  });
}

Deno.test("the live page is where the metrics are, and its token is printed once", async () => {
  await using run = new Conducted({}, METRICS);
  const { url, token } = await livePageOf(run);
  const response = await fetch(`${url}/`);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  await response.body?.cancel();
  assert.match(await metricsAt(url), /./);
  const missing = await fetch(`${url}/nowhere`);
  assert.equal(
    await missing.text(),
    "Cannot find /nowhere: there are /metrics, /healthz, /debug/pprof/\n",
  );
  await run.clock.advance(100);
  assert.equal(await run.exitCode, 0);
  assert.equal(run.stderr.split(token).length, 2, "it is there once");
  assert.ok(!JSON.stringify([run.manifest, run.report]).includes(token));
});

Deno.test("a token that was given is not printed, and is the one that counts", async () => {
  const given = "given-by-the-container";
  await using run = new Conducted({ instrument: loadFor(Infinity) }, {
    ...METRICS,
    "live-token": [given],
  });
  const { url, token } = await livePageOf(run);
  assert.equal(token, "");
  assert.equal((await changed(url, "another-token-altogether", { kind: "stop" })).status, 401);
  const stopped = await changed(url, given, { kind: "stop" });
  assert.equal(stopped.status, 200);
  await stopped.body?.cancel();
  await run.clock.advance(100);
  assert.equal(await run.exitCode, 0);
  assert.equal(run.report.end?.reason, "stopped");
  assert.ok(!(run.stderr + JSON.stringify([run.manifest, run.report])).includes(given));
});

Deno.test("whoever looks sees the run from before its beginning to its verdict", async () => {
  await using run = new Conducted({ instrument: loadFor(3_000) }, METRICS);
  const { url } = await livePageOf(run);
  const response = await fetch(`${url}/live/events`);
  const events = (async () => {
    let text = "";
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) text += piece;
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
  })();
  while (!run.isOver) await run.clock.advance(250);
  const updates = await events;
  assert.equal(updates[0].isWhole, true);
  assert.ok(updates.slice(1).every(({ isWhole }) => !isWhole));
  assert.equal(updates.at(-1).status.state, "over");
  assert.match(new Map(updates.at(-1).parts).get("head") as string, /PASS.*exit code 0/);
  const stretches = updates.flatMap((update) => update.stretches.map(([index]: [number]) => index));
  assert.deepEqual([...new Set(stretches)].sort(), [0, 1, 2]);
});

Deno.test("a run that could not begin tells its viewers and leaves nothing open", async () => {
  const broken = Promise.withResolvers<never>();
  await using run = new Conducted({ instrument: () => broken.promise }, METRICS);
  const { url } = await livePageOf(run);
  const response = await fetch(`${url}/live/events`);
  broken.reject(new Error("no way"));
  await assert.rejects(run.exitCode, /no way/);
  await response.text().catch(() => {});
});
