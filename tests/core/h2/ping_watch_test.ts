import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PingWatch } from "../../../core/h2/ping_watch.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { WrittenFacts } from "../../support/h2_facts.ts";

/** A connection whose peer answers when the test says so. */
function watched({ ownLagMs = 0 } = {}) {
  const clock = new FakeClock();
  const written = new WrittenFacts();
  const roundTrips: number[] = [];
  const sent: PromiseWithResolvers<number>[] = [];
  const watch = new PingWatch(() => {
    const ping = Promise.withResolvers<number>();
    sent.push(ping);
    return ping.promise;
  }, {
    clock,
    ownLagMs: () => ownLagMs,
    onRoundTrip: (roundTripMs) => void roundTrips.push(roundTripMs),
  });
  /** As the owner does, every second. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000);
      watch.look(written.facts);
      watch.send();
    }
  };
  return { clock, written, roundTrips, sent, watch, pass };
}

Deno.test("never more than one PING is under way, and each answer is a round trip", async () => {
  const { sent, roundTrips, watch, pass, clock } = watched();
  await pass(3);
  strictEqual(sent.length, 1);
  strictEqual(watch.waitedMs, 2_000);
  sent[0]!.resolve(2_100);
  await clock.advance(0);
  deepStrictEqual(roundTrips, [2_100]);
  strictEqual(watch.waitedMs, 0);
  await pass(1);
  strictEqual(sent.length, 2);
});

Deno.test("a PING whose connection ended is no round trip", async () => {
  const { sent, roundTrips, watch, pass, clock } = watched();
  await pass(1);
  sent[0]!.reject(new Error("closed"));
  await clock.advance(0);
  deepStrictEqual(roundTrips, []);
  strictEqual(watch.waitedMs, 0);
});

Deno.test("a peer that is silent while a request waits is lost after 30 s, not before", async () => {
  const { written, watch, pass } = watched();
  written.openStreams = 1;
  await pass(29);
  strictEqual(watch.isLost, false);
  await pass(1);
  strictEqual(watch.isLost, true);
});

Deno.test("one that answers PINGs is slow and not lost, however long a request waits", async () => {
  const { written, sent, watch, pass } = watched();
  written.openStreams = 1;
  for (let second = 0; second < 120; second++) {
    await pass(1);
    written.add("received", "PING", { bytes: 17 });
    sent.at(-1)!.resolve(1);
  }
  strictEqual(watch.isLost, false);
});

Deno.test("one that sends anything is not lost, though it answers no PING", async () => {
  const { written, watch, pass } = watched();
  written.openStreams = 1;
  for (let turn = 0; turn < 5; turn++) {
    await pass(20);
    written.add("received", "DATA", { bytes: 509 });
  }
  strictEqual(watch.isLost, false);
});

Deno.test("without a request nobody is missed", async () => {
  const { watch, pass } = watched();
  await pass(100);
  strictEqual(watch.isLost, false);
});

Deno.test("a standstill of our own proves nothing of the peer", async () => {
  const { written, watch, pass } = watched({ ownLagMs: 20_000 });
  written.openStreams = 1;
  await pass(49);
  strictEqual(watch.isLost, false);
  await pass(1);
  strictEqual(watch.isLost, true);
});
