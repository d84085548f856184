/** What is cut, asked and replaced when a connection falls silent; and what it is told to have missed. */
import assert from "node:assert/strict";
import { ConnectionLife } from "../../../kube/http/connection_life.ts";
import type { UnderWay } from "../../../kube/http/under_way.ts";
import { assertFailed } from "../../support/api_target.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeWire } from "./fake_wire.ts";

/** A life of which each question waits for the test; `asks` are their signals. */
function living({ http1 = false } = {}) {
  const clock = new FakeClock();
  const asks: (PromiseWithResolvers<void> & { wire: unknown; signal: AbortSignal })[] = [];
  /** As a channel, which takes another wire for one that takes no more requests. */
  const wires = [new FakeWire()];
  const latest = () => {
    if (!wires.at(-1)!.isOpen) wires.push(new FakeWire());
    return wires.at(-1)!;
  };
  const life = new ConnectionLife({
    server: "https://api",
    http1,
    clock,
    ask: (wire, signal) => {
      const asking = { ...Promise.withResolvers<void>(), wire, signal };
      asks.push(asking);
      signal.addEventListener("abort", () => asking.reject(signal.reason));
      return asking.promise;
    },
  });
  return {
    clock,
    life,
    asks,
    latest,
    replaced: () => wires.filter(({ isOpen }) => !isOpen).length,
    /** Lets time pass with a look each second. */
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        await clock.advance(1_000);
        life.look(clock.now());
      }
      await clock.settle();
    },
    call: (wire = latest()): UnderWay => {
      const request = life.begin(undefined);
      request.sent(wire);
      return request;
    },
    stream: (wire = latest()): UnderWay => {
      const request = life.begin(undefined);
      request.sent(wire);
      request.heard();
      request.streams();
      return request;
    },
  };
}

const isCut = ({ signal }: UnderWay) => signal.aborted;

Deno.test("a silent connection is asked after 15 s, and after 30 s all on it is cut and it is replaced", async () => {
  const { life, pass, call, stream, asks, replaced } = living();
  const requests = [stream(), stream(), call()];
  await pass(15);
  assert.deepEqual([asks.length, replaced()], [1, 0]);
  await pass(14);
  assert.deepEqual([requests.some(isCut), replaced()], [false, 0]);
  await pass(1);
  assert.deepEqual([requests.every(isCut), replaced(), life.lost], [true, 1, 1]);
  assert.equal(asks[0]?.signal.aborted, true);
  for (const { signal } of requests) {
    const what = "Nothing came from https://api for 30s: the connection is taken for lost";
    assertFailed(signal.reason, "stalled", what);
  }
});

Deno.test("one question is for all requests of a connection, and its answer proves all of them", async () => {
  const { life, pass, stream, asks, replaced } = living();
  const requests = Array.from({ length: 100 }, () => stream());
  for (let silence = 1; silence <= 3; silence++) {
    await pass(16);
    assert.equal(asks.length, silence);
    asks[silence - 1]!.resolve();
    await pass(0);
  }
  assert.deepEqual([requests.some(isCut), replaced(), life.asked], [false, 0, 3]);
  assert.deepEqual(life.silences, []);
});

Deno.test("where anything comes of itself nothing is asked", async () => {
  const { pass, call, stream, asks } = living();
  const watch = stream();
  for (let turn = 0; turn < 10; turn++) {
    await pass(14);
    if (turn % 2 === 0) watch.heard();
    else call().heard();
  }
  assert.deepEqual([asks.length, isCut(watch)], [0, false]);
});

Deno.test("a connection on which nothing is under way is neither asked nor silent", async () => {
  const { life, pass, call, asks, replaced } = living();
  call()[Symbol.dispose]();
  await pass(3_600);
  const request = call();
  await pass(14);
  assert.deepEqual([asks.length, isCut(request), replaced()], [0, false, 0]);
  await pass(16);
  assert.deepEqual([asks.length, isCut(request), replaced()], [1, true, 1]);
  assert.deepEqual(life.silences, [{ fromMs: 3_600_000, untilMs: undefined, hadWatch: false }]);
});

Deno.test("a silence lasts from the last proof until the new connection gives one", async () => {
  const { life, clock, pass, call, stream } = living();
  using watch = stream();
  await pass(5);
  watch.heard();
  await pass(30);
  const expected = { fromMs: 5_000, untilMs: undefined, hadWatch: true };
  assert.deepEqual(life.silences, [expected]);
  watch[Symbol.dispose]();
  await pass(30);
  const again = call();
  await pass(2);
  assert.deepEqual(life.silences, [expected], "sent, and no answer yet");
  again.heard();
  assert.deepEqual(life.silences, [{ ...expected, untilMs: clock.now() }]);
});

Deno.test("a new connection that is as silent is replaced again, within one and the same silence", async () => {
  const { life, pass, call, replaced } = living();
  for (let turn = 0; turn < 3; turn++) {
    using _call = call();
    await pass(30);
  }
  assert.deepEqual([replaced(), life.lost, life.silences.length], [3, 3, 1]);
});

Deno.test("a request that waits for something else than the server is no reason to give up", async () => {
  const { pass, call, latest, replaced } = living();
  const request = call();
  await pass(10);
  request.rests();
  await pass(300);
  request.sent(latest());
  await pass(29);
  assert.deepEqual([isCut(request), replaced()], [false, 0]);
});

Deno.test("an old connection proves itself, whatever comes on the new one", async () => {
  const { life, pass, call, stream, latest, asks } = living();
  const old = latest();
  const [watch, other] = [stream(), call()];
  old[Symbol.dispose]();
  const news = stream();
  assert.notEqual(latest(), old);
  await pass(14);
  news.heard();
  await pass(1);
  assert.deepEqual(asks.map(({ wire }) => wire), [old]);
  await pass(13);
  news.heard();
  await pass(2);
  assert.deepEqual([watch, other, news].map(isCut), [true, true, false]);
  assert.deepEqual([life.lost, latest().isOpen], [1, true]);
});

Deno.test("a request that goes over another connection the second time waits on that one", async () => {
  const { pass, call, latest, asks } = living();
  using request = call();
  const old = latest();
  old[Symbol.dispose]();
  await pass(10);
  request.sent(latest());
  await pass(14);
  assert.equal(asks.length, 0);
  await pass(1);
  assert.deepEqual(asks.map(({ wire }) => wire), [latest()]);
});

Deno.test("the end of a run is asked about as well; without an answer it was silent from its last proof on", async () => {
  const { life, clock, pass, stream, asks } = living();
  stream()[Symbol.dispose]();
  const proved = life.settle(new AbortController().signal);
  asks[0]?.resolve();
  await proved;
  assert.deepEqual(life.silences, []);
  await pass(9);
  const over = new AbortController();
  const unproved = life.settle(over.signal);
  over.abort();
  await unproved;
  life.end(clock.now());
  assert.deepEqual(life.silences, [{ fromMs: 0, untilMs: 9_000, hadWatch: true }]);
});

Deno.test("a connection that takes no new requests and has watches is asked in the end as well", async () => {
  const { life, clock, pass, stream, latest, asks } = living();
  const old = latest();
  const ends = stream();
  const watched = stream();
  old[Symbol.dispose](); // after a GOAWAY
  await pass(2);
  watched.heard();
  await pass(3);
  const next = stream();
  for (const watch of [ends, watched, next]) watch[Symbol.dispose]();
  const over = new AbortController();
  const settled = life.settle(over.signal);
  assert.deepEqual(asks.map(({ wire }) => wire), [old, latest()]);
  asks[1]?.resolve();
  await clock.settle();
  over.abort();
  await settled;
  life.end(clock.now());
  assert.deepEqual(life.silences, [{ fromMs: 2_000, untilMs: 5_000, hadWatch: true }]);
});

Deno.test("what never carried a watch has nothing to prove in the end", async () => {
  const { life, call, asks } = living();
  call()[Symbol.dispose]();
  await life.settle(new AbortController().signal);
  assert.equal(asks.length, 0);
});

Deno.test("over HTTP/1.1 each stream has to prove itself within 35 s, whatever else comes", async () => {
  const { life, clock, pass, call, stream, asks, replaced } = living({ http1: true });
  const [silent, living_] = [stream(), stream()];
  for (let turn = 0; turn < 3; turn++) {
    await pass(11);
    living_.heard();
    call().heard();
  }
  assert.deepEqual([isCut(silent), replaced()], [false, 0]);
  await pass(2);
  assert.deepEqual([isCut(silent), isCut(living_), replaced()], [true, false, 1]);
  assert.equal(asks.length, 0);
  assert.deepEqual(life.silences, [{ fromMs: 0, untilMs: undefined, hadWatch: true }]);
  assert.equal(clock.now(), 35_000);
});

Deno.test("over HTTP/1.1 a call without an answer is asked about, and given up with the server", async () => {
  const { pass, call, asks, replaced } = living({ http1: true });
  const request = call();
  await pass(30);
  assert.deepEqual([asks.length, isCut(request), replaced()], [1, true, 1]);
});
