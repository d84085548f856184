import assert from "node:assert/strict";
import fc from "fast-check";
import type { BodySource } from "../../../core/body_source.ts";
import { ReceiveWindow, SendWindow } from "../../../core/h2/flow_control.ts";
import { DrivenClient, DrivenServer, RecordedAnswer } from "./driven.ts";

const WINDOW_BYTES = 65_535;

Deno.test("a window is given back once half of it is done with", () => {
  const window = new ReceiveWindow(100);
  assert.ok(window.take(100));
  assert.equal(window.release(49), false);
  assert.equal(window.release(1), true);
  assert.equal(window.giveBack(), 50);
  assert.equal(window.release(49), false);
  assert.ok(window.take(50));
  assert.equal(window.take(1), false);
});

Deno.test("a window of one byte, or of none, is given back too", () => {
  const window = new ReceiveWindow(1);
  assert.ok(window.take(1));
  assert.equal(window.release(1), true);
});

Deno.test("a window to send in may go below 0, and not above 2^31 - 1", () => {
  const window = new SendWindow(10);
  assert.ok(window.grow(-20));
  assert.equal(window.bytes, -10);
  assert.ok(window.grow(2 ** 31 + 9));
  assert.equal(window.grow(1), false);
});

/** What happens next on a connection whose streams send. */
type Step =
  | { kind: "more"; stream: number; bytes: number }
  | { kind: "end"; stream: number }
  | { kind: "stream window"; stream: number; bytes: number }
  | { kind: "connection window"; bytes: number }
  | { kind: "initial window"; bytes: number };

const STREAMS = 3;
const stream = fc.nat(STREAMS - 1);
const bytes = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100_000 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("more" as const), stream, bytes }),
  fc.record({ kind: fc.constant("end" as const), stream }),
  fc.record({ kind: fc.constant("stream window" as const), stream, bytes }),
  fc.record({ kind: fc.constant("connection window" as const), bytes }),
  fc.record({ kind: fc.constant("initial window" as const), bytes }),
);

/** Numbered bytes, so that what is lost or comes twice shows. */
class CountingBody implements BodySource {
  givenBytes = 0;
  #readyBytes = 0;
  #isOver = false;
  #wake = () => {};

  get allBytes(): number {
    return this.givenBytes + this.#readyBytes;
  }

  add(count: number): void {
    if (this.#isOver) return;
    this.#readyBytes += count;
    this.#wake();
  }

  finish(): void {
    this.#isOver = true;
    this.#wake();
  }

  start(wake: () => void): void {
    this.#wake = wake;
  }

  next(mostBytes: number): Uint8Array | undefined | null {
    if (this.#readyBytes === 0) return this.#isOver ? null : undefined;
    // Pieces of any length, as sources like.
    const count = Math.min(mostBytes, this.#readyBytes, 5_000);
    const piece = Uint8Array.from({ length: count }, (_, at) => (this.givenBytes + at) % 251);
    this.givenBytes += count;
    this.#readyBytes -= count;
    return piece;
  }
}

/** What the peer allows, by its own account. */
class Allowances {
  connection = WINDOW_BYTES;
  initial = WINDOW_BYTES;
  readonly streams = new Array<number>(STREAMS).fill(WINDOW_BYTES);
  readonly got = new Array<number>(STREAMS).fill(0);
  readonly ended = new Set<number>();

  see(frames: readonly string[]): void {
    for (const frame of frames) {
      const data = /^DATA (\d+) (\d+)( end)?$/.exec(frame);
      if (data === null) continue;
      const index = (Number(data[1]) - 1) / 2;
      const count = Number(data[2]);
      assert.ok(count <= 16_384, "a frame is too large");
      this.connection -= count;
      this.streams[index]! -= count;
      this.got[index]! += count;
      if (data[3] !== undefined) this.ended.add(index);
      if (count === 0) continue;
      assert.ok(this.connection >= 0, "more than the connection's window");
      assert.ok(this.streams[index]! >= 0, "more than the stream's window");
    }
  }
}

function take(end: DrivenClient, allowed: Allowances, bodies: CountingBody[], step: Step): void {
  switch (step.kind) {
    case "more":
      return bodies[step.stream]!.add(step.bytes);
    case "end":
      return bodies[step.stream]!.finish();
    case "stream window":
      if (allowed.ended.has(step.stream)) return;
      allowed.streams[step.stream]! += step.bytes;
      return end.peer.windowUpdate(2 * step.stream + 1, step.bytes);
    case "connection window":
      allowed.connection += step.bytes;
      return end.peer.windowUpdate(0, step.bytes);
    case "initial window":
      for (let index = 0; index < STREAMS; index++) {
        allowed.streams[index]! += step.bytes - allowed.initial;
      }
      allowed.initial = step.bytes;
      return end.peer.settings({ initialWindowBytes: step.bytes });
  }
}

Deno.test("no window is ever exceeded, and all bytes arrive, whatever happens in between", () => {
  const gatherBytes = fc.integer({ min: 1_024, max: 200_000 });
  const run = (steps: Step[], gatherBytes: number) => {
    using end = new DrivenClient();
    end.gatherBytes = gatherBytes;
    const allowed = new Allowances();
    const bodies = Array.from({ length: STREAMS }, () => new CountingBody());
    for (const body of bodies) end.send("POST", "/", body);
    for (const step of steps) {
      take(end, allowed, bodies, step);
      allowed.see(end.exchange());
    }
    // Whoever may send all, sends all.
    bodies.forEach((body) => body.finish());
    take(end, allowed, bodies, { kind: "initial window", bytes: 2 ** 30 });
    take(end, allowed, bodies, { kind: "connection window", bytes: 2 ** 30 });
    allowed.see(end.exchange());
    assert.deepEqual(allowed.got, bodies.map(({ allBytes }) => allBytes));
    assert.equal(allowed.ended.size, STREAMS);
    assert.equal(end.endText, undefined);
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), gatherBytes, run));
});

Deno.test("a smaller INITIAL_WINDOW_SIZE makes a window negative, and sending waits until it is not", async () => {
  using end = new DrivenClient({ peerSettings: { initialWindowBytes: 1_000 } });
  const body = new CountingBody();
  end.send("POST", "/", body);
  body.add(3_000);
  assert.equal(end.exchange().at(-1), "DATA 1 1000");
  await end.clock.advance(10);
  end.peer.settings({ initialWindowBytes: 400 });
  end.peer.windowUpdate(1, 600);
  assert.deepEqual(end.exchange(), ["SETTINGS ack"]);
  await end.clock.advance(20);
  end.peer.windowUpdate(1, 1);
  assert.deepEqual(end.exchange(), ["DATA 1 1"]);
  await end.clock.advance(5);
  const { streamWindow, connectionWindow } = end.connection.facts;
  assert.deepEqual(streamWindow, { count: 2, totalMs: 35 });
  assert.equal(connectionWindow.count, 0);
});

Deno.test("a connection's window that is used up counts once, for however many streams", async () => {
  using end = new DrivenClient({ peerSettings: { initialWindowBytes: 100_000 } });
  const bodies = [new CountingBody(), new CountingBody()];
  for (const body of bodies) {
    end.send("POST", "/", body);
    body.add(40_000);
  }
  assert.equal(end.exchange().length, 7);
  await end.clock.advance(10);
  assert.deepEqual(end.connection.facts.connectionWindow, { count: 1, totalMs: 10 });
  end.peer.windowUpdate(0, 100_000);
  assert.deepEqual(end.exchange(), ["DATA 1 7187", "DATA 3 7278"]);
  assert.deepEqual(end.connection.facts.connectionWindow, { count: 1, totalMs: 10 });
  assert.equal(end.connection.facts.streamWindow.count, 0);
});

Deno.test("a connection's window holds nobody up once those that waited for it are gone", async () => {
  using end = new DrivenClient({ peerSettings: { initialWindowBytes: 100_000 } });
  const [first, second] = [new CountingBody(), new CountingBody()];
  const answers = [end.send("POST", "/", first), end.send("POST", "/", second)];
  first.add(70_000);
  second.add(70_000);
  end.exchange();
  await end.clock.advance(10);
  answers[0]!.exchange.cancel();
  await end.clock.advance(10);
  end.peer.reset(3, "CANCEL");
  end.exchange();
  await end.clock.advance(1_000);
  assert.deepEqual(end.connection.facts.connectionWindow, { count: 1, totalMs: 20 });
  const third = new CountingBody();
  end.send("POST", "/", third);
  third.add(1);
  end.exchange();
  await end.clock.advance(5);
  end.peer.windowUpdate(0, 10);
  assert.deepEqual(end.exchange(), ["DATA 5 1"]);
  assert.deepEqual(end.connection.facts.connectionWindow, { count: 2, totalMs: 25 });
});

Deno.test("streams that can send take turns of one frame each", () => {
  using end = new DrivenClient();
  for (let stream = 0; stream < 3; stream++) {
    const body = new CountingBody();
    end.send("POST", "/", body);
    body.add(20_000);
    body.finish();
  }
  assert.deepEqual(end.exchange().filter((frame) => frame.startsWith("DATA")), [
    "DATA 1 16375",
    "DATA 3 16375",
    "DATA 5 16375",
    "DATA 1 3625 end",
    "DATA 3 3625 end",
    "DATA 5 3625 end",
  ]);
});

Deno.test("what a sink keeps is given back when it says so, and at once when its stream is reset", () => {
  using end = new DrivenClient();
  const keeping = end.get("/", new RecordedAnswer((bytes) => bytes));
  const cancelled = end.get("/", new RecordedAnswer((bytes) => bytes));
  end.exchange();
  for (const id of [1, 3]) {
    end.peer.headers(id, [[":status", "200"]]);
    end.peer.data(id, new Uint8Array(16_384));
    end.peer.data(id, new Uint8Array(16_383));
  }
  assert.deepEqual(end.exchange(), []);
  cancelled.exchange.cancel();
  assert.deepEqual(end.exchange(), ["RST_STREAM 3 CANCEL", "WINDOW_UPDATE 0 32767"]);
  keeping.exchange.release(32_766);
  assert.deepEqual(end.exchange(), []);
  keeping.exchange.release(100_000);
  assert.deepEqual(end.exchange(), ["WINDOW_UPDATE 0 32767", "WINDOW_UPDATE 1 32767"]);
});

Deno.test("a peer that sends more than a stream's window loses the stream only", () => {
  using end = new DrivenServer(undefined, { connectionWindowBytes: 1_000_000 });
  end.request(1, { method: "POST", endStream: false });
  end.exchange();
  for (let frame = 0; frame < 5; frame++) end.peer.data(1, new Uint8Array(16_384));
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  assert.equal(end.endText, undefined);
});

Deno.test("a window of ours below the initial one holds once the peer has acknowledged it", () => {
  using end = new DrivenServer(undefined, {
    settings: { initialWindowBytes: 10 },
    hasBegun: false,
  });
  end.peer.preface();
  end.peer.settings();
  end.request(1, { method: "POST", endStream: false });
  end.peer.data(1, "0123456789");
  end.exchange();
  end.peer.settingsAck();
  end.peer.data(1, "0");
  assert.deepEqual(end.exchange(), ["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  end.request(3, { method: "POST", endStream: false });
  end.peer.data(3, "0123456789");
  assert.deepEqual(end.exchange(), []);
});
