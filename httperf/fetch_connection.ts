/**
 * HTTP/1.1 to the target, over native `fetch`. What that decides by itself and cannot be told otherwise:
 * - it repeats a request once, unseen, if the server closed the connection that it was sent on;
 * - it opens a new connection if the old one is gone when a request starts;
 * - while a body is read, it says the same for all that can break it off: `truncated`.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { failureReason, failureText } from "../core/net/fetch_failure.ts";
import { type ChannelTarget, type HttpChannel, openHttpChannel } from "../core/net/http_channel.ts";
import type { AnswerReader, Connection, GetOptions } from "./connection.ts";
import { HINT_WORDS } from "./hint_words.ts";

/** Ready for requests; nothing has been sent to the target yet. */
export async function openFetchConnection(
  id: number,
  target: ChannelTarget,
): Promise<FetchConnection> {
  return new FetchConnection(id, await openHttpChannel(target));
}

export class FetchConnection implements Connection {
  readonly protocol = "http/1.1";
  connectMs = 0;
  isOpen = true;
  readonly #channel: HttpChannel;

  /** Use {@link openFetchConnection}. */
  constructor(readonly id: number, channel: HttpChannel) {
    this.#channel = channel;
  }

  /** Any answer will do. */
  async probe(url: string, signal: AbortSignal): Promise<void> {
    const { body } = await this.#channel.send({ method: "HEAD", url, signal }, HINT_WORDS);
    await body?.cancel();
  }

  async get(
    url: string,
    { headers = {}, signal }: GetOptions,
    reader: AnswerReader,
  ): Promise<void> {
    const request = { url, headers: Object.entries(headers), signal };
    const answer = await this.#channel.send(request, HINT_WORDS).catch((error) => {
      // No answer at all says something of the way there; how one broke off, of that request.
      this.isOpen = !(error instanceof OperationFailedError);
      throw error;
    });
    await tellBody(answer, { url, signal, reader });
  }

  [Symbol.dispose](): void {
    this.isOpen = false;
    this.#channel[Symbol.dispose]();
  }
}

async function tellBody(
  { status, headers, body }: Response,
  { url, signal, reader }: { url: string; signal: AbortSignal; reader: AnswerReader },
): Promise<void> {
  const pieces = body?.getReader();
  // By itself: the signal of fetch is garbage once the headers are there, and from then on it may or
  // may not notice (Deno 2.6.8 to 2.9.6).
  const cancel = (reason: unknown) => void pieces?.cancel(reason).catch(() => {});
  const onAbort = () => cancel(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    reader.onHead(status);
    let received = 0;
    for (;;) {
      const piece = await read(pieces, { url, signal });
      signal.throwIfAborted();
      if (piece === undefined) break;
      received += piece.length;
      reader.onBytes(piece);
    }
    requireWhole(headers, received);
  } catch (error) {
    cancel(error);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The next piece; undefined at the end. */
async function read(
  pieces: ReadableStreamDefaultReader<Uint8Array> | undefined,
  { url, signal }: { url: string; signal: AbortSignal },
): Promise<Uint8Array | undefined> {
  try {
    return (await pieces?.read())?.value;
  } catch (error) {
    signal.throwIfAborted();
    const message = `Cannot read ${url}: ${failureText(error)}`;
    throw new OperationFailedError(failureReason(error), message, { cause: error });
  }
}

/** RFC 9110, section 8.6: a body has as many bytes as its Content-Length says. */
function requireWhole(headers: Headers, received: number): void {
  const length = headers.get("content-length");
  if (length === null || headers.has("content-encoding") || received === Number(length)) return;
  const message = `The body ended after ${received} bytes of ${length}`;
  throw new OperationFailedError("truncated", message);
}
