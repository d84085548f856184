/**
 * A program of its own: connections of our HTTP/2 client to our HTTP/2 server over TLS, opened, used
 * and closed again and again.
 *
 *     deno run -A --v8-flags=--expose-gc h2_soak.ts ROUNDS CONNECTIONS STREAMS
 *
 * Each round opens so many connections at a time with so many streams each; every fourth stream is
 * cancelled. After each round that has ended it prints what is left of it, as a line of JSON:
 * {@link SoakRound}.
 * @module
 */

import { createServerIdentity } from "../../core/net/mini_ca.ts";
import type { AnswerSink } from "../../core/h2/answer_sink.ts";
import { type H2Client, startH2Client } from "../../core/h2/h2_client.ts";
import { serveH2 } from "../../core/h2/h2_server.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { ownSockets } from "../../core/net/own_sockets.ts";
import { eventually } from "./eventually.ts";

export interface SoakRound {
  readonly wholeStreams: number;
  readonly cancelledStreams: number;
  readonly descriptors: number;
  /** After garbage was collected. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

const clock = new SystemClock();
const BODY = new Uint8Array(2_000).fill(65);

async function serve(identity: { certPem: string; keyPem: string }) {
  const listener = Deno.listenTls({
    ...{ hostname: "127.0.0.1", port: 0, cert: identity.certPem, key: identity.keyPem },
    alpnProtocols: ["h2"],
  });
  const sessions = new Set<Promise<void>>();
  void (async () => {
    for await (const conn of listener) {
      const { finished } = serveH2(conn, {
        clock,
        remoteAddr: conn.remoteAddr as Deno.NetAddr,
        handler: (exchange) =>
          exchange.answer({ status: 200, headers: [["x-target", exchange.target]], body: BODY }),
        onError: () => ({ status: 500, headers: [] }),
      });
      sessions.add(finished);
      void finished.then(() => sessions.delete(finished));
    }
  })();
  await Promise.resolve();
  return {
    port: listener.addr.port,
    /** Resolves when all its connections have ended. */
    idle: () => Promise.all(sessions),
    close: () => listener.close(),
  };
}

/** Resolves to whether it came whole; of a cancelled one nothing is told. */
function get(client: H2Client, path: string, isCancelled: boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sink: AnswerSink = {
      onHead() {
        if (!isCancelled) return;
        stream.cancel();
        resolve(false);
      },
      onData() {},
      onEnd: () => resolve(true),
      onFailure: (failure) => reject(new Error(JSON.stringify(failure))),
    };
    const head = { method: "GET", scheme: "https", authority: "127.0.0.1", path, headers: [] };
    const stream = client.request(head, sink);
  });
}

async function useConnection(
  { port, caCert }: { port: number; caCert: string },
  streams: number,
): Promise<boolean[]> {
  const conn = await Deno.connectTls({
    ...{ hostname: "127.0.0.1", port, caCerts: [caCert], alpnProtocols: ["h2"] },
  });
  const ended = Promise.withResolvers<unknown>();
  using client = startH2Client(conn, { clock, onClosed: ended.resolve });
  const gets = Array.from({ length: streams }, (_, at) => get(client, `/${at}`, at % 4 === 3));
  const outcomes = await Promise.all(gets);
  client.close();
  await ended.promise;
  return outcomes;
}

/** Of both ends; the runtime has descriptors of its own beside them, which come and go. */
function countConnections(port: number): number {
  const match = { listening: false };
  return ownSockets({ ...match, localPort: port }).length +
    ownSockets({ ...match, remotePort: port }).length;
}

function leftOf(outcomes: readonly boolean[]): SoakRound {
  (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, rss } = Deno.memoryUsage();
  return {
    wholeStreams: outcomes.filter((isWhole) => isWhole).length,
    cancelledStreams: outcomes.filter((isWhole) => !isWhole).length,
    descriptors: [...Deno.readDirSync("/proc/self/fd")].length,
    heapBytes: heapUsed,
    rssBytes: rss,
  };
}

if (import.meta.main) {
  const [rounds = 1, connections = 1, streams = 1] = Deno.args.map(Number);
  const identity = await createServerIdentity({ hosts: ["127.0.0.1"], now: new Date() });
  const server = await serve(identity);
  const target = { port: server.port, caCert: identity.caPem };
  for (let round = 0; round < rounds; round++) {
    const all = Array.from({ length: connections }, () => useConnection(target, streams));
    const outcomes = (await Promise.all(all)).flat();
    await server.idle();
    // The runtime ends a TLS socket that was closed in its own time.
    await eventually("no connection is left", () => countConnections(server.port) === 0);
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(leftOf(outcomes))}\n`));
  }
  server.close();
}
