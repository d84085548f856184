import assert from "node:assert/strict";
import {
  ClosedLoop,
  failuresByOffset,
  type LoopFailure,
  MOST_FAILURES,
} from "../../../../probes/gateway/answers/closed_loop.ts";
import { Asker } from "../../../../probes/gateway/answers/data_plane.ts";
import { SystemClock } from "../../../../core/load/clock.ts";
import { eventually } from "../../../support/eventually.ts";
import { Http1Peer, OK, status } from "../../../support/http1_peer.ts";
import { testRun } from "../../../core/load/harness.ts";
import { ScriptedAsker, type Told } from "./asking.ts";

const QUESTION = { host: "a.example", path: "/", expected: { status: 200 } };

/** A loop that has run for so long; each answer takes 2 ms. */
async function looped(
  at: (askedMs: number) => Told,
  { forMs, changesMs = [], pauseMs = 0 }: {
    forMs: number;
    changesMs?: number[];
    pauseMs?: number;
  },
) {
  const run = testRun({ startMs: 100 });
  const asker = new ScriptedAsker(run.clock, at, { connection: "kept", tookMs: 2 });
  const loop = new ClosedLoop(run.context, { asker, ...QUESTION, pauseMs });
  const stop = new AbortController();
  const seen = loop.run(stop.signal);
  for (const changeMs of changesMs) {
    await run.clock.advance(changeMs - run.clock.now());
    loop.changed(changeMs);
  }
  await run.clock.advance(100 + forMs - run.clock.now());
  stop.abort();
  await run.clock.advance(2);
  return { run, asker, seen: await seen };
}

Deno.test("a loop asks as fast as it is answered, and ends with the answer under way", async () => {
  const { run, asker, seen } = await looped(() => 200, { forMs: 9 });
  assert.deepEqual(asker.askedMs, [100, 102, 104, 106, 108]);
  assert.deepEqual([seen.asked, seen.failures, seen.longestGapMs], [5, 0, 2]);
  assert.equal(run.recorder.samples.length, 5);
  assert.deepEqual(run.recorder.outcomes(), { ok: 5 });
  assert.deepEqual(run.recorder.samples[0]?.tags, { gateway: "gw/one", connection: "kept" });
});

Deno.test("a loop with a pause asks so long after each answer, and does not wait for it at the end", async () => {
  const { asker, seen } = await looped(() => 200, { forMs: 15, pauseMs: 5 });
  assert.deepEqual(asker.askedMs, [100, 107, 114]);
  assert.equal(seen.longestGapMs, 7);
});

Deno.test("each answer that is not the expected one is a failure, 404 and a refused connection too", async () => {
  const told: Record<number, Told> = {
    104: [503, "no healthy upstream"],
    106: 404,
    110: "connection-refused",
  };
  const { run, seen } = await looped((atMs) => told[atMs] ?? 200, { forMs: 19, changesMs: [105] });
  assert.equal(seen.failures, 3);
  assert.deepEqual(seen.firstFailures, [
    { answerClass: "http-503", text: "no healthy upstream", atMs: 106, sinceChangeMs: 1 },
    { answerClass: "http-404", text: "", atMs: 108, sinceChangeMs: 3 },
    { answerClass: "connection-refused", text: "connection-refused", atMs: 112, sinceChangeMs: 7 },
  ]);
  assert.deepEqual(run.recorder.outcomes(), {
    ok: 7,
    "failed http-503": 1,
    "failed http-404": 1,
    "failed connection-refused": 1,
  });
});

Deno.test("the longest gap is between two expected answers, or at the beginning or the end", async () => {
  const bad = (from: number, to: number) => (atMs: number) => atMs >= from && atMs < to ? 503 : 200;
  const cases: [(atMs: number) => Told, number, number][] = [
    // The answer to what was asked at 102 came at 104.
    [bad(104, 110), 8, 104],
    [bad(100, 106), 8, 100],
    [bad(112, 130), 8, 112],
  ];
  for (const [at, gapMs, fromMs] of cases) {
    const { seen } = await looped(at, { forMs: 19 });
    assert.deepEqual([seen.longestGapMs, seen.longestGapFromMs], [gapMs, fromMs]);
  }
});

Deno.test("a failure before any change has no offset, and the list of failures is bounded", async () => {
  const { seen } = await looped(() => 503, { forMs: 2 * (MOST_FAILURES + 10) - 1 });
  assert.equal(seen.failures, MOST_FAILURES + 10);
  assert.equal(seen.firstFailures.length, MOST_FAILURES);
  assert.equal(seen.firstFailures[0]?.sinceChangeMs, undefined);
  assert.equal(seen.byClass["http-503"]?.count, MOST_FAILURES + 10);
});

Deno.test("a loop that is aborted rejects with the reason, its last request cancelled", async () => {
  const run = testRun();
  const asker = new ScriptedAsker(run.clock, () => 200, { tookMs: 1_000 });
  const loop = new ClosedLoop(run.context, { asker, ...QUESTION });
  const seen = loop.run(new AbortController().signal);
  seen.catch(() => {});
  await run.clock.advance(1);
  run.abort.abort(new Error("enough"));
  await assert.rejects(seen, /enough/);
  assert.deepEqual(run.recorder.outcomes(), { cancelled: 1 });
});

Deno.test("over a socket: one kept connection, and its replacement when it broke is told", async () => {
  using peer = new Http1Peer(({ connection, request }) =>
    connection === 0 && request === 10 ? { text: "", then: "close" } : OK
  );
  const { context } = testRun();
  const clock = new SystemClock();
  const dataPlane = { gateway: "gw/one", address: "127.0.0.1", port: peer.port };
  using asker = new Asker(dataPlane, { clock, connection: "kept" });
  await asker.ask(QUESTION);
  const stop = new AbortController();
  const ending = new ClosedLoop({ ...context, clock }, { asker, ...QUESTION }).run(stop.signal);
  await eventually("it went on", () => peer.heads.length >= 30);
  stop.abort();
  const seen = await ending;
  assert.deepEqual([seen.connections, peer.connections], [2, 2]);
  assert.deepEqual(seen.firstFailures.map(({ answerClass }) => answerClass), ["connection-closed"]);
  assert.equal(seen.asked, peer.heads.length - 1);
});

Deno.test("over a socket: fresh connections are as many as answers", async () => {
  using peer = new Http1Peer(() => status(200, "ok", ["Connection: close"]));
  const { context } = testRun();
  const clock = new SystemClock();
  const dataPlane = { gateway: "gw/one", address: "127.0.0.1", port: peer.port };
  using asker = new Asker(dataPlane, { clock, connection: "fresh" });
  const stop = new AbortController();
  const ending = new ClosedLoop({ ...context, clock }, { asker, ...QUESTION }).run(stop.signal);
  await eventually("it went on", () => peer.heads.length >= 30);
  stop.abort();
  const seen = await ending;
  assert.deepEqual([seen.connections, seen.failures], [seen.asked, 0]);
});

Deno.test("failures are counted by how long after the change they came", () => {
  const offsets = [undefined, 0, 0.5, 1, 1.9, 3, 150, 60_000];
  const failures = offsets.map((sinceChangeMs): LoopFailure => ({
    answerClass: "http-503",
    text: "",
    atMs: 0,
    sinceChangeMs,
  }));
  assert.deepEqual(failuresByOffset(failures), [
    { fromMs: 0, count: 2 },
    { fromMs: 1, count: 2 },
    { fromMs: 2, count: 1 },
    { fromMs: 100, count: 1 },
    { fromMs: 5_000, count: 1 },
  ]);
  assert.deepEqual(failuresByOffset([]), []);
});
