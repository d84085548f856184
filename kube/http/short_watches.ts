/**
 * One watch over HTTP/1.1, made of many short ones, each of which goes on where the one before ended.
 * There nothing can be asked on the socket of a watch while it is open, but that the server ends a
 * watch at its time proves that very socket. Sends nothing itself.
 * @module
 */

import type { Clock } from "../../core/load/clock.ts";
import type { Selection, WatchEvent, WatchOptions } from "../cluster.ts";

/** Time of each; with 15 s of patience it is known to be lost after 35 s. */
export const HTTP1_WATCH_SECONDS = 20;
/** One that ends sooner than asked for by more than this was ended by the server on purpose. */
const EARLY_MS = 1_000;

/** What one request asks for. */
export type WatchQuery =
  & Selection
  & Pick<WatchOptions, "resourceVersion" | "allowWatchBookmarks" | "timeoutSeconds">;

/**
 * The events of all of them, until the time of the whole is over or the server ends one early.
 * Without a resourceVersion to begin from there is nowhere to go on, and the watch is sent as it is.
 * @param watch opens one
 */
export async function* shortWatches(
  query: WatchQuery,
  { watch, clock }: {
    watch: (query: WatchQuery) => AsyncIterable<WatchEvent>;
    clock: Clock;
  },
): AsyncGenerator<WatchEvent, void, undefined> {
  let { resourceVersion, timeoutSeconds: leftSeconds = Infinity } = query;
  if (resourceVersion === undefined) return yield* watch(query);
  while (leftSeconds > 0) {
    const timeoutSeconds = Math.min(HTTP1_WATCH_SECONDS, leftSeconds);
    const startMs = clock.now();
    for await (const event of watch({ ...query, resourceVersion, timeoutSeconds })) {
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
      yield event;
    }
    leftSeconds -= timeoutSeconds;
    if (clock.now() < startMs + timeoutSeconds * 1_000 - EARLY_MS) return;
  }
}
