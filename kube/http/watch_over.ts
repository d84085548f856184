/**
 * One watch over one connection: its lines become events, and that something came is told to the
 * connection. What is asked for in which form is the caller's.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import type { WatchEvent, WatchOptions } from "../cluster.ts";
import { type Status, StatusError } from "../status_error.ts";
import { bodyLines, type LineOptions } from "./body_lines.ts";
import type { ApiRequest, HttpConnection } from "./http_connection.ts";
import { shortWatches, type WatchQuery } from "./short_watches.ts";

/** What is asked of an `HttpConnection`. */
type WatchConnection = Pick<HttpConnection, "stream" | "isHttp1" | "clock">;

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

/**
 * @param body cancelled when the consumer leaves and when the signal aborts
 * @param options `signal`: what aborting throws is its reason; `onBytes`: called whenever any came
 * @throws {StatusError} for an ERROR event
 * @throws {OperationFailedError} for a body that breaks off, `truncated` also for a line that does,
 * `protocol` for a line that is no event or too long
 */
export async function* watchEvents(
  body: ReadableStream<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const { text, bytes } of bodyLines(body, { ...options, what: "the watch" })) {
    if (text !== "") yield eventOf(text, bytes);
  }
}

function eventOf(line: string, bytes: number): WatchEvent {
  const { type, object } = parsed(line);
  if (type === "ERROR") {
    const status = object as Status;
    throw new StatusError(status, { code: status.code ?? 500 });
  }
  return { type, object, bytes } as WatchEvent;
}

function parsed(line: string): { type: string; object: unknown } {
  let event: Partial<{ type: unknown; object: unknown }> | null;
  try {
    event = JSON.parse(line);
  } catch (error) {
    const message = `Cannot read the watch: a line is no JSON (${messageOf(error)})`;
    throw new OperationFailedError("truncated", message, { cause: error });
  }
  const { type, object } = event ?? {};
  const isObject = typeof object === "object" && object !== null;
  if (typeof type === "string" && isObject && (type === "ERROR" || "metadata" in object)) {
    return { type, object };
  }
  throw new OperationFailedError("protocol", "Cannot read the watch: a line is no event");
}
