/** What goes wrong between a client and a server on 127.0.0.1; each script is the transcript of one failure. */
import { createServer } from "node:net";
import assert from "node:assert/strict";
import type { FailureReason } from "../../core/measure/sample.ts";
import { createServerIdentity, type ServerIdentity } from "../../core/net/mini_ca.ts";
import { openConnection } from "../../httperf/transport.ts";
import { H2Code, H2Peer, type H2PeerStream, type H2Script } from "../support/h2_peer.ts";
import {
  assertFailed,
  BYTES,
  connectTo,
  failureOfOpening,
  identity,
  never,
  optionsFor,
  receive,
  Received,
} from "../support/h2_target.ts";

Deno.test("a failure before the answer's headers has the reason that the server gave for it", async (t) => {
  const cases: { name: string; script: H2Script; reason: FailureReason }[] = [
    // RFC 9113, section 5.4.2: a stream error is sent as RST_STREAM.
    {
      name: "RST_STREAM(INTERNAL_ERROR)",
      script: (stream) => stream.reset(H2Code.INTERNAL_ERROR),
      reason: "stream-reset",
    },
    {
      name: "RST_STREAM(CANCEL)",
      script: (stream) => stream.reset(H2Code.CANCEL),
      reason: "stream-reset",
    },
    {
      name: "RST_STREAM(REFUSED_STREAM)",
      script: (stream) => stream.reset(H2Code.REFUSED_STREAM),
      reason: "refused-stream",
    },
    // Section 5.4.1: a connection error is sent as GOAWAY, after which the connection is closed.
    {
      name: "GOAWAY(ENHANCE_YOUR_CALM)",
      script: ({ connection }) => connection.goaway(0, H2Code.ENHANCE_YOUR_CALM),
      reason: "goaway",
    },
    {
      name: "the TCP connection ends",
      script: ({ connection }) => connection.close(),
      reason: "connection-closed",
    },
    // Section 6.1: DATA on an idle or half-closed stream is an error; here it comes before HEADERS.
    {
      name: "DATA before HEADERS",
      script: (stream) => stream.data(BYTES, { endStream: true }),
      reason: "protocol",
    },
    // Section 4.3: "A decoding error in a field block MUST be treated as a connection error".
    {
      name: "a field block that cannot be decoded",
      script: ({ connection, id }) =>
        connection.send(0x1, new Uint8Array(5).fill(0xff), { flags: 0x4, streamId: id }),
      reason: "protocol",
    },
  ];
  for (const { name, script, reason } of cases) {
    await t.step(name, async () => {
      await using target = await connectTo(script);
      const { error } = await receive(target.connection, `${target.peer.baseUrl}/blocks`);
      assertFailed(error, reason, /^Cannot GET https:\/\/127\.0\.0\.1:\d+\/blocks: /);
    });
  }
});

Deno.test("a request that the server refused unprocessed is not sent again", async () => {
  // RFC 9113, section 8.7: "Requests that have not been processed have not failed; clients MAY
  // automatically retry them". Who measures has to see them.
  const refusals: H2Script[] = [
    (stream) => stream.reset(H2Code.REFUSED_STREAM),
    ({ connection }) => connection.goaway(0, H2Code.NO_ERROR),
  ];
  for (const script of refusals) {
    await using target = await connectTo(script);
    await receive(target.connection, `${target.peer.baseUrl}/blocks`);
    assert.equal(target.peer.requestCount, 1 + 1);
    assert.equal(target.peer.connectionCount, 1);
  }
});

Deno.test("a body that breaks off has the reason of what broke it, and its bytes so far were read", async (t) => {
  const cases: { name: string; script: H2Script; reason: FailureReason; text: RegExp }[] = [
    {
      name: "RST_STREAM",
      script: (stream) => stream.reset(H2Code.INTERNAL_ERROR),
      reason: "stream-reset",
      text: /RST_STREAM with INTERNAL_ERROR/,
    },
    {
      name: "RST_STREAM(NO_ERROR)",
      script: (stream) => stream.reset(H2Code.NO_ERROR),
      reason: "stream-reset",
      text: /RST_STREAM with NO_ERROR/,
    },
    {
      name: "the TCP connection ends",
      script: ({ connection }) => connection.close(),
      reason: "connection-closed",
      text: /closed/,
    },
    {
      name: "GOAWAY that leaves the stream out",
      script: ({ connection }) => connection.goaway(0, H2Code.INTERNAL_ERROR),
      reason: "goaway",
      text: /GOAWAY with INTERNAL_ERROR/,
    },
    {
      name: "GOAWAY, and the end of TCP",
      script: async ({ connection, id }) => {
        await connection.goaway(id, H2Code.ENHANCE_YOUR_CALM);
        connection.close();
      },
      reason: "goaway",
      text: /ENHANCE_YOUR_CALM/,
    },
    // Section 4.2: a frame above SETTINGS_MAX_FRAME_SIZE (16,384) is a FRAME_SIZE_ERROR.
    {
      name: "a frame that is too long",
      script: (stream) => stream.data(new Uint8Array(16_385)),
      reason: "protocol",
      text: /RFC 9113, section 4\.2: /,
    },
    {
      name: "bytes that are no frame",
      script: ({ connection }) => connection.sendBytes(new TextEncoder().encode("HTTP/1.1 400 ")),
      reason: "protocol",
      text: /RFC 9113, section 4\.2: /,
    },
  ];
  for (const { name, script, reason, text } of cases) {
    await t.step(name, async () => {
      const begun = Promise.withResolvers<H2PeerStream>();
      await using target = await connectTo(async (stream) => {
        await stream.headers(200);
        await stream.data(BYTES);
        begun.resolve(stream);
      });
      const answer = new Received();
      const url = `${target.peer.baseUrl}/blocks`;
      const answered = target.connection.get(url, { signal: never() }, answer)
        .catch((error) => error);
      await answer.begun;
      await script(await begun.promise);
      const error = await answered;
      assertFailed(error, reason, /^Cannot read https:\/\/127\.0\.0\.1:\d+\/blocks: /);
      assert.match(error.message, text);
      assert.equal(answer.bytes, 100);
    });
  }
});

Deno.test("a body shorter than its Content-Length breaks the protocol", async () => {
  // RFC 9113, section 8.1.1: malformed if Content-Length is not the sum of the DATA frames.
  await using target = await connectTo(async (stream) => {
    await stream.headers(200, { "content-length": "201" });
    await stream.data(BYTES, { endStream: true });
  });
  const { error } = await receive(target.connection, `${target.peer.baseUrl}/blocks`);
  assertFailed(error, "protocol", /RFC 9113, section 8\.1\.1: /);
});

Deno.test("a certificate that cannot be verified is a tls failure with a hint", async (t) => {
  const now = new Date();
  const cases: { name: string; shown: ServerIdentity; trusted?: string | null; hint: RegExp }[] = [
    {
      name: "unknown authority",
      shown: identity,
      trusted: null,
      hint: /unknown authority; name the authority's with --ca FILE$/,
    },
    {
      name: "the authority of another start of the server",
      shown: await createServerIdentity({ hosts: ["127.0.0.1"], now }),
      trusted: identity.caPem,
      hint: /--ca FILE that belongs to this start of the server$/,
    },
    {
      name: "another host's",
      shown: await createServerIdentity({ hosts: ["10.0.0.1", "other.test"], now }),
      hint: /is not for 127\.0\.0\.1 but for 10\.0\.0\.1, other\.test;/,
    },
    {
      name: "expired",
      shown: await createServerIdentity({
        hosts: ["127.0.0.1"],
        validMs: 86_400_000,
        now: new Date("2020-01-30T12:00:00Z"),
      }),
      hint: /expired on 2020-01-31;/,
    },
  ];
  for (const { name, shown, hint, trusted = shown.caPem } of cases) {
    await t.step(name, async () => {
      await using peer = new H2Peer({ identity: shown });
      peer.onRequest((stream) => stream.headers(404, {}, { endStream: true }));
      assertFailed(await failureOfOpening(optionsFor(peer.baseUrl, { trusted })), "tls", hint);
      assert.equal(peer.requestCount, 0);

      using insecure = await openConnection(0, optionsFor(peer.baseUrl, { insecure: true }));
      assert.equal(insecure.protocol, "h2");
      assert.equal(peer.requestCount, 1);
    });
  }
});

Deno.test("a port that is not the server's has the reason of what happens there", async (t) => {
  const answers: { name: string; bytes: string; reason: FailureReason; direct?: RegExp }[] = [
    { name: "closes at once", bytes: "", reason: "connection-closed" },
    {
      name: "speaks plain HTTP",
      bytes: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
      reason: "tls",
    },
    { name: "speaks nothing that is known", bytes: "\x00\xff\x00\xffabcdef", reason: "tls" },
  ];
  for (const { name, bytes, reason } of answers) {
    for (const insecure of [false, true]) {
      await t.step(`${name}${insecure ? ", with --insecure" : ""}`, async () => {
        await using port = listenAndSay(bytes);
        assertFailed(await failureOfOpening(optionsFor(port.baseUrl, { insecure })), reason);
      });
    }
  }
});

/** A TCP listener that answers the first bytes with these and closes. */
function listenAndSay(text: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(65_536));
      await conn.write(new TextEncoder().encode(text));
      conn.close();
    }
  })();
  return {
    baseUrl: `https://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("a port where nobody listens is connection-refused, with --insecure too", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseUrl = `https://127.0.0.1:${listener.addr.port}`;
  listener.close();
  for (const insecure of [false, true]) {
    const options = optionsFor(baseUrl, { insecure });
    assertFailed(
      await failureOfOpening(options),
      "connection-refused",
      /^Cannot connect to 127\.0\.0\.1:\d+: .*refused/i,
    );
  }
});

Deno.test({
  name: "a TCP connection that the server resets is connection-reset",
  // Deno 2.6.8 hangs in resetAndDestroy(), its only way to send a TCP reset.
  ignore: Deno.version.deno.startsWith("2.6."),
  fn: async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const error = await failureOfOpening(optionsFor(`https://127.0.0.1:${port}`));
    assertFailed(error, "connection-reset");
    await new Promise((resolve) => server.close(resolve));
  },
});

Deno.test("a server without HTTP/2 is a protocol failure that names --http1", async () => {
  await using peer = new H2Peer({ identity, alpn: ["http/1.1"] });
  for (const insecure of [false, true]) {
    const error = await failureOfOpening(optionsFor(peer.baseUrl, { insecure }));
    assertFailed(error, "protocol", /use --http1 if it has no HTTP\/2/);
  }
});
