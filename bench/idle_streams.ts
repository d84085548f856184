/**
 * 10,000 streams on 100 connections that wait for their next block for hours: how much memory does the
 * server need for them?
 * @module
 */

import { startH2Client } from "../core/h2/h2_client.ts";
import { SystemClock } from "../core/load/clock.ts";
import { BlockServerProcess } from "../tests/support/block_server.ts";
import { rssBytes } from "./processes.ts";

const CONNECTIONS = 100;
const STREAMS_EACH = 100;
const SETTLING_MS = 3_000;
const PATH = "/blocks?size=500&n=2&periodMS=10000000";

export async function idleStreams(): Promise<Record<string, unknown>> {
  await using server = await BlockServerProcess.start();
  const { pid } = server.program;
  const beforeBytes = rssBytes(pid);
  using connections = new DisposableStack();
  let answered = 0;
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const client = connections.use(await connected(server));
    for (let stream = 0; stream < STREAMS_EACH; stream++) {
      const head = { method: "GET", scheme: "https", authority: "localhost", path: PATH };
      client.request({ ...head, headers: [] }, {
        onHead: () => void answered++,
        onData() {},
        onEnd() {},
        onFailure() {},
      });
    }
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  return {
    connections: CONNECTIONS,
    streams: CONNECTIONS * STREAMS_EACH,
    answered,
    serverRssBeforeBytes: beforeBytes,
    serverRssBytes: rssBytes(pid),
  };
}

async function connected({ url, caFile }: BlockServerProcess) {
  const { hostname, port } = new URL(url);
  const conn = await Deno.connectTls({
    hostname,
    port: Number(port),
    caCerts: [Deno.readTextFileSync(caFile)],
    alpnProtocols: ["h2"],
  });
  await conn.handshake();
  return startH2Client(conn, { clock: new SystemClock() });
}
