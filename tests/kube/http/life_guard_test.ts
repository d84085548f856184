/** What silences of connections are worth to a run. */
import assert from "node:assert/strict";
import type { Finding } from "../../../core/judge/finding.ts";
import { ConnectionLife } from "../../../kube/http/connection_life.ts";
import { LifeGuard } from "../../../kube/http/life_guard.ts";
import { counters, testRun, warnings } from "../../watchers/support.ts";
import { FakeWire } from "./fake_wire.ts";

/** A run over two connections of which nothing ever comes unless the test says so. */
function guarded() {
  const test = testRun();
  const { clock } = test;
  const answering = { isOn: false };
  const connections = ["a", "b"].map((name) => ({
    wire: new FakeWire(),
    life: new ConnectionLife({
      server: `https://${name}`,
      http1: false,
      clock,
      // As fetch does, also with a signal that has aborted before.
      ask: (_wire, signal) =>
        answering.isOn ? Promise.resolve() : new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", reject);
        }),
    }),
  }));
  const guard = new LifeGuard(connections, { clock });
  return {
    ...test,
    guard,
    answering,
    request: (connection: 0 | 1, { isWatch = false } = {}) => {
      const { life, wire } = connections[connection]!;
      const request = life.begin(undefined);
      request.sent(wire);
      request.heard();
      if (isWatch) request.streams();
      else request.sent(wire);
      return request;
    },
    findings: () =>
      test.records.flatMap((record): Finding[] =>
        record.type === "finding" ? [record.finding] : []
      ),
  };
}

Deno.test("a run on connections that live loses none, and has no finding", async () => {
  const { run, guard, clock, request, answering, findings, records, totals } = guarded();
  using _guard = guard;
  answering.isOn = true;
  using _watch = request(0, { isWatch: true });
  run.begin();
  await clock.advance(60_000);
  guard.flush(run);
  await guard.finish(run);
  assert.deepEqual(counters(totals(), ["connectionsLost", "proofsOfLife"]), {
    connectionsLost: undefined,
    // Every 15 s, and once more in the end.
    proofsOfLife: 5,
  });
  assert.deepEqual([findings(), warnings(records)], [[], []]);
});

Deno.test("a watch without proof of life is no pass: the run is inconclusive and says for how long", async () => {
  const { run, guard, clock, request, answering, findings, records, totals, lines } = guarded();
  using _guard = guard;
  run.begin();
  using watch = request(0, { isWatch: true });
  await clock.advance(30_000);
  assert.ok(watch.signal.aborted);
  watch[Symbol.dispose]();
  await clock.advance(1_000);
  using _again = request(0, { isWatch: true });
  answering.isOn = true;
  await guard.finish(run);
  const [finding] = findings();
  assert.deepEqual(finding, {
    subject: "watches proved alive",
    verdict: "inconclusive",
    observed: "31s without proof of life",
    limit: "none",
    reason:
      "a connection with watches on it did not answer: what changed meanwhile was seen late " +
      "or not at all",
  });
  assert.deepEqual(warnings(records), ["no-proof-of-life"]);
  assert.match(lines.join("\n"), /^WARNING: 31s without proof of life/);
  const figures = totals();
  assert.equal(figures.counter("connectionsLost"), 1);
  assert.equal(figures.distribution("withoutProofOfLife")?.histogram.max, 31_000_000); // us
});

Deno.test("a run that ends while a watch is silent does not pass either", async () => {
  const { run, guard, clock, request, findings } = guarded();
  using _guard = guard;
  using _watch = request(1, { isWatch: true });
  run.begin();
  await clock.advance(10_000);
  const finished = guard.finish(run);
  await clock.advance(3_000);
  await finished;
  assert.equal(findings()[0]?.observed, "13s without proof of life");
});

Deno.test("a second signal does not wait for the last proof", async () => {
  const { run, guard, clock, request, findings } = guarded();
  using _guard = guard;
  using _watch = request(1, { isWatch: true });
  run.begin();
  await clock.advance(10_000);
  run.cutOff();
  await guard.finish(run);
  assert.equal(findings()[0]?.observed, "10s without proof of life");
});

Deno.test("a load that was cut off after its grace is proved all the same", async () => {
  const { run, guard, clock, request, answering, findings } = guarded();
  using _guard = guard;
  using _watch = request(1, { isWatch: true });
  run.begin();
  await clock.advance(10_000);
  run.stop("duration");
  run.abort();
  answering.isOn = true;
  await guard.finish(run);
  assert.deepEqual(findings(), []);
});

Deno.test("calls that were cut failed by themselves: a warning, and no finding of the watches", async () => {
  const { run, guard, clock, request, findings, records } = guarded();
  using _guard = guard;
  run.begin();
  request(0);
  request(1);
  await clock.advance(40_000);
  await guard.finish(run);
  assert.deepEqual([findings(), warnings(records)], [[], ["no-proof-of-life"]]);
});

Deno.test("what was silent before the run began was no load", async () => {
  const { run, guard, clock, request, answering, findings, records } = guarded();
  using _guard = guard;
  const watch = request(0, { isWatch: true });
  await clock.advance(35_000);
  watch[Symbol.dispose]();
  request(0)[Symbol.dispose]();
  answering.isOn = true;
  run.begin();
  await guard.finish(run);
  assert.deepEqual([findings(), warnings(records)], [[], []]);
});
