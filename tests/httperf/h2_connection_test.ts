/** What a server may do in the middle of things, and what becomes of the requests; all on 127.0.0.1. */
import assert from "node:assert/strict";
import { OperationFailedError } from "../../core/errors.ts";
import type { AnswerReader } from "../../httperf/connection.ts";
import { H2Code, type H2PeerStream } from "../support/h2_peer.ts";
import { assertFailed, BYTES, connectTo, never, receive, Received } from "../support/h2_target.ts";

/** RFC 9113, section 6.5.2. */
const HEADER_TABLE_SIZE = 1;
const MAX_CONCURRENT_STREAMS = 3;

/** A queue of the streams that a peer was asked for. */
class Asked {
  readonly #streams: H2PeerStream[] = [];
  #wake = () => {};
  readonly script = (stream: H2PeerStream): void => {
    this.#streams.push(stream);
    this.#wake();
  };

  get count(): number {
    return this.#streams.length;
  }

  async next(): Promise<H2PeerStream> {
    while (this.#streams.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#streams.shift()!;
  }
}

async function answer(stream: H2PeerStream): Promise<void> {
  await stream.headers(200);
  await stream.data(BYTES, { endStream: true });
}

/** A request whose every sign of life is noted. */
class Noted extends Received {
  readonly signs: string[] = [];
  readonly #leaves = Promise.withResolvers<void>();
  readonly left: Promise<void> = this.#leaves.promise;

  override onWait(mostStreams: number): void {
    this.signs.push(`waits for ${mostStreams}`);
  }

  onTurn(): void {
    this.signs.push("leaves");
    this.#leaves.resolve();
  }

  override onHead(status: number): void {
    this.signs.push(`status ${status}`);
  }
}

Deno.test("requests beyond the server's limit of streams wait for it, in order", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const { connection, peer } = target;
  const get = (reader: AnswerReader) =>
    connection.get(`${peer.baseUrl}/blocks`, { signal: never() }, reader);
  const [one, two, three] = [new Noted(), new Noted(), new Noted()];
  const first = get(one);
  const stream = await asked.next();
  // While a stream is open, it changes what it allows.
  await stream.connection.setting(MAX_CONCURRENT_STREAMS, 1);
  await stream.headers(200);
  await stream.data(BYTES);
  await one.begun; // so the SETTINGS before have come, too
  const others = [get(two), get(three)];
  await stream.data(BYTES, { endStream: true });
  await first;
  await answer(await asked.next());
  await answer(await asked.next());
  await Promise.all(others);
  assert.deepEqual(one.signs, ["status 200"]);
  assert.deepEqual(two.signs, ["waits for 1", "leaves", "status 200"]);
  assert.deepEqual(three.signs, ["waits for 1", "leaves", "status 200"]);
  assert.equal(connection.http2?.facts.streamLimit.count, 2);
  assert.equal(peer.connectionCount, 1);
});

Deno.test("a limit that the server raises lets go who waits", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const url = `${target.peer.baseUrl}/blocks`;
  const one = new Noted();
  const first = target.connection.get(url, { signal: never() }, one);
  const stream = await asked.next();
  await stream.connection.setting(MAX_CONCURRENT_STREAMS, 0);
  await stream.headers(200);
  await stream.data(BYTES);
  await one.begun;
  const two = new Noted();
  const second = target.connection.get(url, { signal: never() }, two);
  await stream.connection.setting(MAX_CONCURRENT_STREAMS, 2);
  await two.left;
  await answer(await asked.next());
  await second;
  await stream.data(BYTES, { endStream: true });
  await first;
  assert.deepEqual(two.signs, ["waits for 0", "leaves", "status 200"]);
});

Deno.test("who gives up waiting for the limit sends nothing", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const url = `${target.peer.baseUrl}/blocks`;
  const one = new Received();
  const first = target.connection.get(url, { signal: never() }, one);
  const stream = await asked.next();
  await stream.connection.setting(MAX_CONCURRENT_STREAMS, 1);
  await stream.headers(200);
  await stream.data(BYTES);
  await one.begun;
  const giving = new AbortController();
  const second = target.connection.get(url, { signal: giving.signal }, new Received());
  giving.abort(new Error("enough"));
  await assert.rejects(second, { message: "enough" });
  await stream.data(BYTES, { endStream: true });
  await first;
  assert.deepEqual(await Promise.all([receive(target.connection, url), answered(asked)]), [
    { bytes: 100, error: undefined },
    undefined,
  ]);
  assert.equal(target.peer.requestCount, 1 + 2);
});

async function answered(asked: Asked): Promise<void> {
  await answer(await asked.next());
}

Deno.test("GOAWAY in the middle: what was taken is answered, what was not is told, and nothing more is asked", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const { connection, peer } = target;
  const url = `${peer.baseUrl}/blocks`;
  const taken = receive(connection, url);
  const stream = await asked.next();
  const left = receive(connection, url);
  await asked.next();
  // RFC 9113, section 6.8: streams above the given one "were not or will not be processed".
  await stream.connection.goaway(stream.id, H2Code.NO_ERROR, "max age\x1b[2J");
  const { error } = await left;
  assertFailed(error, "goaway", /GOAWAY with NO_ERROR: "max age\\u001b\[2J"/);
  assert.equal(connection.isOpen, false);
  await answer(stream);
  assert.deepEqual(await taken, { bytes: 100, error: undefined });
  const late = await receive(connection, url);
  assertFailed(late.error, "goaway");
  assert.equal(peer.requestCount, 1 + 2);
  assert.equal(peer.connectionCount, 1);
});

Deno.test("a header table that the server shrinks is heeded by the requests after", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const url = `${target.peer.baseUrl}/blocks`;
  for (const bytes of [0, 4_096, 100]) {
    const got = new Received();
    const answering = target.connection.get(url, { signal: never() }, got);
    const stream = await asked.next();
    await stream.connection.setting(HEADER_TABLE_SIZE, bytes);
    await answer(stream);
    await answering;
    assert.equal(got.bytes, 100);
  }
});

Deno.test("a server that stops sending in the middle, and reads on, is connection-closed", async () => {
  await using target = await connectTo(async (stream) => {
    await stream.headers(200);
    await stream.data(BYTES);
    await stream.connection.closeWrite();
  });
  const { bytes, error } = await receive(target.connection, `${target.peer.baseUrl}/blocks`);
  assert.equal(bytes, 100);
  assertFailed(error, "connection-closed");
  assert.equal(target.connection.isOpen, false);
});

Deno.test("what breaks the protocol is named by its section, in the middle of an answer too", async (t) => {
  const cases: { name: string; script: (stream: H2PeerStream) => Promise<void>; text: RegExp }[] = [
    {
      name: "SETTINGS with a window that is too large",
      script: (stream) => stream.connection.setting(4, 2 ** 31),
      text: /RFC 9113, section 6\.5\.2: /,
    },
    {
      name: "PING on a stream",
      script: (stream) => stream.connection.send(6, new Uint8Array(8), { streamId: stream.id }),
      text: /RFC 9113, section 6\.7: /,
    },
    {
      name: "WINDOW_UPDATE by nothing",
      script: (stream) => stream.connection.send(8, new Uint8Array(4)),
      text: /RFC 9113, section 6\.9: /,
    },
    {
      name: "PUSH_PROMISE, which was not allowed",
      script: (stream) =>
        stream.connection.send(5, new Uint8Array([0, 0, 0, 2, 0x82]), {
          streamId: stream.id,
          flags: 4,
        }),
      text: /RFC 9113, section (?:6\.6|8\.4): /,
    },
    {
      name: "DATA after the end of the answer",
      script: async (stream) => {
        await stream.data(BYTES, { endStream: true });
        await stream.data(BYTES);
      },
      text: /RFC 9113, section 5\.1: /,
    },
  ];
  for (const { name, script, text } of cases) {
    await t.step(name, async () => {
      const asked = new Asked();
      await using target = await connectTo(asked.script);
      const url = `${target.peer.baseUrl}/blocks`;
      const kept = receive(target.connection, url); // of another stream, which never ends
      await asked.next();
      const answering = receive(target.connection, url);
      const stream = await asked.next();
      await stream.headers(200);
      await script(stream);
      const { error } = await kept;
      assertFailed(error, "protocol", text);
      assert.equal(target.connection.isOpen, false);
      await answering;
    });
  }
});

Deno.test("what a reader throws gives up its request alone, and is what it fails with", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const url = `${target.peer.baseUrl}/blocks`;
  const throwing: AnswerReader[] = [
    { onHead: () => fail("head"), onBytes() {} },
    { onHead() {}, onBytes: () => fail("bytes") },
  ];
  for (const reader of throwing) {
    const getting = target.connection.get(url, { signal: never() }, reader);
    const stream = await asked.next();
    await stream.headers(200);
    await stream.data(BYTES);
    await assert.rejects(getting, OperationFailedError);
    assert.equal(await stream.clientReset, H2Code.CANCEL);
  }
  const getting = receive(target.connection, url);
  await answered(asked);
  assert.deepEqual(await getting, { bytes: 100, error: undefined });
});

function fail(where: string): never {
  throw new OperationFailedError("corrupt", where);
}

Deno.test("a connection that is disposed of ends when its last request has", async () => {
  const asked = new Asked();
  await using target = await connectTo(asked.script);
  const url = `${target.peer.baseUrl}/blocks`;
  const getting = receive(target.connection, url);
  const stream = await asked.next();
  target.connection[Symbol.dispose]();
  assert.equal(target.connection.isOpen, false);
  await answer(stream);
  assert.deepEqual(await getting, { bytes: 100, error: undefined });
  await assert.rejects(target.connection.http2!.ping());
});
