/**
 * One watch over one connection: its events, and that something came is told to the connection. What
 * is asked for in which form is the caller's.
 * @module
 */

import type { WatchEvent, WatchOptions } from "../cluster.ts";
import type { ApiRequest, HttpConnection } from "./http_connection.ts";
import { shortWatches, type WatchQuery } from "./short_watches.ts";
import { watchEvents } from "./watch_lines.ts";

/** What is asked of an `HttpConnection`. */
export type WatchConnection = Pick<HttpConnection, "stream" | "isHttp1" | "clock">;

/**
 * @param options `onOpen`: called when the server has accepted the watch; `requestOf`: the request
 * that asks for it; the rest is what to watch
 * @throws as `HttpConnection.stream` and {@link watchEvents}
 */
export async function* watchOver(
  connection: WatchConnection,
  { onOpen, requestOf, ...query }: WatchQuery & Pick<WatchOptions, "onOpen"> & {
    requestOf: (query: WatchQuery) => ApiRequest;
  },
): AsyncGenerator<WatchEvent, void, undefined> {
  const { isHttp1, clock } = connection;
  let isFirst = true;
  const watch = async function* (query: WatchQuery) {
    using stream = await connection.stream(requestOf(query));
    if (isFirst) onOpen?.();
    isFirst = false;
    yield* watchEvents(stream.body, { signal: stream.signal, onBytes: () => stream.heard() });
  };
  yield* isHttp1 ? shortWatches(query, { watch, clock }) : watch(query);
}
