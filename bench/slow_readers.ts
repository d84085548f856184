/** 200 open streams of 1 MiB blocks to readers that hardly read: the server's memory must not grow. @module */

import { BlockServerProcess } from "../tests/support/block_server.ts";
import { rssBytes } from "./processes.ts";

const STREAMS = 200;
const CONNECTIONS = 20;
const SECONDS = 8;

export async function slowReaders(): Promise<Record<string, unknown>> {
  await using server = await BlockServerProcess.start();
  const caCerts = [Deno.readTextFileSync(server.caFile)];
  const clients = Array.from(
    { length: CONNECTIONS },
    () => Deno.createHttpClient({ caCerts, http1: false, http2: true }),
  );
  const before = rssBytes(server.program.pid);
  const responses = await Promise.all(
    Array.from(
      { length: STREAMS },
      (_, stream) =>
        fetch(`${server.url}/blocks?size=1048576&n=1000&periodMS=0`, {
          client: clients[stream % CONNECTIONS]!,
        }),
    ),
  );
  const readers = responses.map((response) => response.body!.getReader());
  const peaks: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await Promise.all(readers.map((reader) => reader.read()));
    peaks.push(rssBytes(server.program.pid));
  }
  await Promise.all(readers.map((reader) => reader.cancel()));
  for (const client of clients) client.close();
  return {
    streams: STREAMS,
    connections: CONNECTIONS,
    serverRssBeforeBytes: before,
    serverRssPeakBytes: Math.max(...peaks),
    serverRssEachSecondBytes: peaks,
  };
}
