/**
 * One watch over one connection: its lines become events, and that something came is told to the
 * connection. What is asked for in which form is the caller's.
 * @module
 */

import { messageOf, OperationFailedError } from "../../core/errors.ts";
import { failureReason, failureText } from "../../core/net/fetch_failure.ts";
import type { WatchEvent, WatchOptions } from "../cluster.ts";
import { type Status, StatusError } from "../status_error.ts";
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

const NEWLINE = 10;
/** No object can be larger: etcd takes 1.5 MiB, and managed fields and escapes do not triple that. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Bytes that have not become a line yet, and the lines that each chunk completes. */
class LineSplitter {
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  *take(chunk: Uint8Array): Generator<Uint8Array> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      yield this.#join(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** A last line without its newline; empty if there is none. */
  get rest(): Uint8Array {
    return this.#join(new Uint8Array(0));
  }

  #keep(part: Uint8Array): void {
    this.#rest.push(part);
    this.#restBytes += part.length;
    if (this.#restBytes <= MAX_LINE_BYTES) return;
    throw new OperationFailedError(
      "protocol",
      `Cannot read the watch: a line is longer than ${MAX_LINE_BYTES} bytes`,
    );
  }

  #join(last: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return last;
    const line = new Uint8Array(this.#restBytes + last.length);
    let at = 0;
    for (const part of [...this.#rest, last]) {
      line.set(part, at);
      at += part.length;
    }
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
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
  { signal, onBytes }: { signal?: AbortSignal; onBytes?: () => void } = {},
): AsyncGenerator<WatchEvent, void, undefined> {
  const reader = body.getReader();
  const cut = () => void reader.cancel(signal?.reason).catch(() => {}); // it has failed already
  signal?.addEventListener("abort", cut, { once: true });
  const decoder = new TextDecoder();
  const lines = new LineSplitter();
  try {
    // A signal that has aborted tells nobody any more.
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await nextChunk(reader);
      signal?.throwIfAborted();
      if (done) break;
      onBytes?.();
      for (const line of lines.take(value)) {
        if (line.length > 0) yield eventOf(decoder.decode(line), line.length + 1);
      }
    }
    const { rest } = lines;
    if (rest.length > 0) yield eventOf(decoder.decode(rest), rest.length);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cut);
    cut();
  }
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    const message = `Cannot read the watch: ${failureText(error)}`;
    throw new OperationFailedError(failureReason(error), message, { cause: error });
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
