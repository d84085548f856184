/**
 * A block server on a free port of this machine and a client that trusts it.
 * @module
 */

import { SystemClock } from "../../core/load/clock.ts";
import { createServerIdentity } from "../../core/net/mini_ca.ts";
import type { BlocksRequest } from "../../httperf/blocks.ts";
import {
  type BlockServerOptions,
  type ServerEvent,
  startBlockServer,
} from "../../httperf/server.ts";

const clock = new SystemClock();
export const identity = await createServerIdentity({
  hosts: ["localhost", "127.0.0.1"],
  now: clock.wallNow(),
});

export const PROTOCOLS = ["HTTP/2", "HTTP/1.1"] as const;
export type Protocol = typeof PROTOCOLS[number];

/** A server on a free port and a client of it; both gone when the test ends. */
export async function startPair(protocol: Protocol, overrides: Partial<BlockServerOptions> = {}) {
  const events: ServerEvent[] = [];
  const server = await startBlockServer({
    listen: { hostname: "127.0.0.1", port: 0 },
    tls: identity,
    clock,
    maxBlockBytes: 2_000_000,
    maxStreams: 100,
    flush: "block",
    onEvent: (event) => events.push(event),
    ...overrides,
  });
  const client = newClient(protocol);
  const base = `https://127.0.0.1:${server.port}`;
  return {
    server,
    client,
    base,
    events,
    get: (path: string, init: RequestInit = {}) => fetch(`${base}${path}`, { ...init, client }),
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close({ graceMs: 0 });
    },
  };
}

export function newClient(protocol: Protocol): Deno.HttpClient {
  const isHttp2 = protocol === "HTTP/2";
  return Deno.createHttpClient({ caCerts: [identity.caPem], http2: isHttp2, http1: !isHttp2 });
}

/** The content rules of a body, written plainly. */
export function expectedBody({ sizeBytes, count }: BlocksRequest): Uint8Array {
  const body = new Uint8Array(sizeBytes * count);
  for (let block = 0; block < count; block++) {
    body[block * sizeBytes] = 65;
    body[(block + 1) * sizeBytes - 1] = 90;
  }
  return body;
}
