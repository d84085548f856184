/**
 * How does a request get to the target, over which connection, and how does a failure of it look?
 * The port that the client is written against, and its implementation over native `fetch`. It never
 * retries, never follows a redirect, and never decides when to send.
 *
 * What `fetch` decides by itself and cannot be told otherwise:
 * - it repeats a request once, unseen, if the server refused it unprocessed (REFUSED_STREAM, or
 *   GOAWAY with NO_ERROR: RFC 9113, section 8.7), over a new connection if it has to;
 * - it opens a new connection if the old one is gone when a request starts;
 * - a body that the server ends early with RST_STREAM (NO_ERROR or CANCEL) or GOAWAY (NO_ERROR) ends
 *   like a whole one. Where the answer has a Content-Length that is caught here; where it has none,
 *   only a caller who knows the length can tell.
 * - its HTTP/2 windows: 2 MiB a stream, 5 MiB a connection.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import type { Clock } from "../core/load/clock.ts";
import { withinTime } from "../core/load/deadline.ts";
import { failureReason, failureText, type HintWords } from "../core/net/fetch_failure.ts";
import { type ChannelTarget, type HttpChannel, openHttpChannel } from "../core/net/http_channel.ts";

/** The answer to one request. Its body must be read to the end or cancelled. */
interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Null for an answer that cannot have one. */
  readonly body: ReadableStream<Uint8Array> | null;
}

interface GetOptions {
  readonly signal: AbortSignal;
  readonly headers?: HeadersInit;
}

/**
 * One TLS connection to the target; over HTTP/1.1 one for each request that is under way. Dispose
 * it when its requests have ended: those that have not keep it open.
 */
export interface Connection extends Disposable {
  readonly id: number;
  readonly protocol: "h2" | "http/1.1";
  /** TCP connect, TLS handshake and the first answer's headers together, ms; `fetch` shows no less. */
  readonly connectMs: number;
  /**
   * @throws {OperationFailedError} for every failure of the request, and from the body's reader
   * @throws the signal's reason, unchanged, once it has aborted
   * @throws {RangeError} if the URL is not of the target's origin
   */
  get(url: string, options: GetOptions): Promise<HttpAnswer>;
}

/** What to connect to; plain data, as it is also sent to worker threads. */
export interface ConnectionTarget extends ChannelTarget {
  /** Longest wait for the first answer, ms. */
  readonly connectTimeoutMs: number;
}

export interface TransportOptions extends ConnectionTarget {
  readonly clock: Clock;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** Asked for once per connection. Every server has an answer to it, if only 404. */
const PROBE_PATH = "/healthz";
/** How users of httperf say what a hint advises. */
const HINT_WORDS: HintWords = {
  ca: "--ca FILE",
  url: "--base-url",
  insecure: "--insecure",
  http1: "--http1",
};

/**
 * A connection that has answered a request: `HEAD <base>/healthz`, of which any status will do.
 * @throws {OperationFailedError} if there is no answer; the message ends with a hint, if one is known
 * @throws the signal's reason, unchanged, once it has aborted
 */
export async function openConnection(
  id: number,
  options: TransportOptions,
): Promise<Connection> {
  const { clock, connectTimeoutMs } = options;
  const base = new URL(options.baseUrl);
  const channel = await openHttpChannel(options);
  const startMs = clock.now();
  const connection = new FetchConnection({ id, http1: options.http1, base, channel });
  try {
    await withinTime(clock, (signal) => connection.probe(signal), {
      limitMs: connectTimeoutMs,
      signal: options.signal,
      late: () => noAnswer(base, connectTimeoutMs),
    });
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
  connection.connectMs = clock.now() - startMs;
  return connection;
}

class FetchConnection implements Connection {
  readonly id: number;
  readonly protocol: "h2" | "http/1.1";
  connectMs = 0;
  readonly #base: URL;
  readonly #channel: HttpChannel;

  constructor(
    { id, http1, base, channel }: { id: number; http1: boolean; base: URL; channel: HttpChannel },
  ) {
    this.id = id;
    this.protocol = http1 ? "http/1.1" : "h2";
    this.#base = base;
    this.#channel = channel;
  }

  async probe(signal: AbortSignal): Promise<void> {
    const url = `${this.#base.href.replace(/\/$/, "")}${PROBE_PATH}`;
    const answer = await this.#fetch(url, { method: "HEAD", signal });
    await answer.body?.cancel();
  }

  get(url: string, options: GetOptions): Promise<HttpAnswer> {
    return this.#fetch(url, { ...options, method: "GET" });
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
  }

  async #fetch(
    url: string,
    { method, signal, headers }: GetOptions & { method: string },
  ): Promise<HttpAnswer> {
    const request = { method, url, headers: [...new Headers(headers)], signal };
    const answer = await this.#channel.send(request, HINT_WORDS);
    const { status, headers: got, body } = answer;
    if (body === null) return { status, headers: got, body };
    const length = got.get("content-length");
    const bytes = length === null || got.has("content-encoding") ? undefined : Number(length);
    const fail = (error: unknown) => bodyFailure(error, { url, signal });
    return { status, headers: got, body: checkedBody(body, { bytes, fail, signal }) };
  }
}

/**
 * The same bytes, with failures as {@link OperationFailedError}s and a body shorter than its
 * Content-Length among them (RFC 9110, section 8.6). It also ends at once when the signal aborts:
 * fetch listens on a signal of its own, which is garbage once the headers are there, and from then
 * on it may or may not notice (Deno 2.6.8 to 2.9.6).
 */
function checkedBody(
  body: ReadableStream<Uint8Array>,
  { bytes, fail, signal }: {
    bytes: number | undefined;
    fail: (error: unknown) => unknown;
    signal: AbortSignal;
  },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let received = 0;
  const settled = new AbortController();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener("abort", () => {
        controller.error(signal.reason);
        reader.cancel(signal.reason).catch(() => {}); // it has failed already
      }, { once: true, signal: settled.signal });
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (signal.aborted) return;
        if (!done) {
          received += value.length;
          return controller.enqueue(value);
        }
      } catch (error) {
        settled.abort();
        return controller.error(fail(error));
      }
      settled.abort();
      if (bytes === undefined || received === bytes) return controller.close();
      const message = `The body ended after ${received} bytes of ${bytes}`;
      controller.error(fail(new OperationFailedError("truncated", message)));
    },
    cancel(reason) {
      settled.abort();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** What to throw for what a body's reader threw. */
function bodyFailure(
  error: unknown,
  { url, signal }: { url: string; signal: AbortSignal },
): unknown {
  if (signal.aborted) return signal.reason;
  const message = `Cannot read ${url}: ${failureText(error)}`;
  return new OperationFailedError(failureReason(error), message, { cause: error });
}

function noAnswer(base: URL, timeoutMs: number): OperationFailedError {
  const message = `Cannot connect to ${base.host}: no answer within ${timeoutMs} ms`;
  return new OperationFailedError("timeout", message);
}
