/**
 * How does one request get to one API server, with which credentials, and how does its failure look?
 * Over HTTP/2 this is one TCP connection, over HTTP/1.1 one for each request under way. Never
 * retries, except once after a 401 if the credentials can be had anew (client-go only drops them and
 * leaves the next try to its caller), and never limits a rate.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import { AbortGroups } from "../../core/load/abort_groups.ts";
import type { Clock } from "../../core/load/clock.ts";
import { failureReason, failureText } from "../../core/net/fetch_failure.ts";
import type { HttpChannel } from "../../core/net/http_channel.ts";
import type { StatusError } from "../status_error.ts";
import type { Credential } from "../auth/credentials.ts";
import { ApiAnswer, statusError } from "./api_answer.ts";
import { type Ready, ServerChannel, type ServerChannelOptions } from "./server_channel.ts";

export interface ConnectionOptions extends ServerChannelOptions {
  readonly userAgent: string;
  readonly clock: Clock;
  /** Longest time for one request but a watch, ms; 0: no limit. */
  readonly requestTimeoutMs: number;
  /** Sees every answer before its body is read. */
  readonly onAnswer?: (answer: Response) => void;
}

/** One request; `path` begins with a slash and has its query. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HINT_WORDS = {
  ca: "--certificate-authority FILE or in the kubeconfig",
  url: "--server or in the kubeconfig",
  insecure: "--insecure-skip-tls-verify",
  http1: "--http1",
};

/** See the module. Dispose it when its requests have ended. */
export class HttpConnection implements Disposable {
  readonly server: string;
  readonly #options: ConnectionOptions;
  readonly #aborts = new AbortGroups();
  readonly #headers: readonly [string, string][];
  readonly #channel: ServerChannel;
  /** Only HTTP/1.1 can become a WebSocket (RFC 6455, section 4.1); opened for the first one. */
  #upgrading: Promise<ServerChannel> | undefined;

  private constructor(options: ConnectionOptions, channel: ServerChannel) {
    this.server = options.server;
    this.#options = options;
    this.#channel = channel;
    this.#headers = [
      ["user-agent", options.userAgent],
      // Unasked, fetch allows the server to compress, which would cost both ends and hide the size.
      ["accept-encoding", "identity"],
      ...options.target.impersonation.map(([name, value]): [string, string] => [
        name,
        byteString(value),
      ]),
    ];
  }

  /**
   * Nothing is sent yet.
   * @throws what the credentials throw if there are none to be had
   * @throws {CannotRunError} if the target's settings cannot be used
   */
  static async open(options: ConnectionOptions): Promise<HttpConnection> {
    return new HttpConnection(options, await ServerChannel.open(options));
  }

  /** Opens a WebSocket to the same server in the same way, over a connection of its own. */
  async webSocket(path: string, protocols: readonly string[]): Promise<WebSocket> {
    this.#upgrading ??= ServerChannel.open({ ...this.#options, http1: true });
    const { channel, credential } = await this.#ready(await this.#upgrading);
    return new WebSocket(channel.reachable(this.server + path).replace(/^http/, "ws"), {
      protocols: [...protocols],
      headers: headersOf(this.#headers, credential),
      client: channel.client,
    });
  }

  /** The body of {@link answer}, parsed; undefined if it has none, its text if it is no JSON. */
  async call(request: ApiRequest): Promise<unknown> {
    return (await this.answer(request)).body;
  }

  /**
   * Resolves with the whole answer of a success.
   * @throws {StatusError | OperationFailedError}
   * @throws the signal's reason, unchanged, once it has aborted
   */
  async answer(request: ApiRequest): Promise<ApiAnswer> {
    const { requestTimeoutMs } = this.#options;
    if (requestTimeoutMs === 0) return await this.#read(request);
    const { clock } = this.#options;
    const over = new AbortController();
    const ended = new AbortController();
    void clock.sleepUntil(clock.now() + requestTimeoutMs, ended.signal).then(() => {
      if (!ended.signal.aborted) over.abort(tooLate(request, requestTimeoutMs));
    });
    const { signal } = request;
    try {
      return await this.#read({
        ...request,
        signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
      });
    } finally {
      ended.abort();
    }
  }

  /** The body of a successful answer as it comes, for a watch. Errors as for {@link answer}. */
  async stream(request: ApiRequest): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.#send(request);
    if (!answer.ok) throw await this.#refusal(answer, request);
    return answer.body ?? new Blob([]).stream();
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
    this.#upgrading?.then((channel) => channel[Symbol.dispose](), () => {});
  }

  async #read(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.#send(request);
    if (!answer.ok) throw await this.#refusal(answer, request);
    return new ApiAnswer(answer, await this.#bytes(answer, request));
  }

  async #send(request: ApiRequest): Promise<Response> {
    const ready = await this.#ready(this.#channel);
    const answer = await this.#fetch(request, ready);
    const { credentials } = this.#options.target;
    if (answer.status !== 401 || !credentials.invalidate(ready.credential)) return answer;
    // Whatever becomes of that body, the next answer counts.
    await answer.body?.cancel().catch(() => {});
    return await this.#fetch(request, await this.#ready(this.#channel));
  }

  /** Credentials that cannot be renewed for now fail this request, and not the whole run. */
  async #ready(channel: ServerChannel): Promise<Ready> {
    try {
      return await channel.ready();
    } catch (cause) {
      if (!(cause instanceof CannotRunError)) throw cause;
      throw new OperationFailedError("unauthorized", cause.message, { cause });
    }
  }

  async #fetch(request: ApiRequest, { channel, credential }: Ready): Promise<Response> {
    const { method, path, body, contentType, accept, signal } = request;
    const headers = headersOf(this.#headers, credential);
    headers.push(["accept", accept ?? "application/json"]);
    if (contentType !== undefined) headers.push(["content-type", contentType]);
    try {
      const answer = await fetch(channel.reachable(this.server + path), {
        method,
        headers,
        redirect: "manual",
        client: channel.client,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
      this.#options.onAnswer?.(answer);
      return answer;
    } catch (error) {
      throw this.#failure(error, request, channel);
    }
  }

  async #refusal(answer: Response, request: ApiRequest): Promise<StatusError> {
    return statusError(answer, new TextDecoder().decode(await this.#bytes(answer, request)));
  }

  /** fetch may miss an abort once the headers are there, so that the wait for the body is cut here. */
  async #bytes(answer: Response, request: ApiRequest): Promise<Uint8Array> {
    const { signal } = request;
    const bytes = answer.bytes();
    // After an abort nobody else waits for it.
    bytes.catch(() => {});
    try {
      if (signal === undefined) return await bytes;
      signal.throwIfAborted();
      const cut = Promise.withResolvers<never>();
      const onAbort = () => cut.reject(signal.reason);
      this.#aborts.add(signal, onAbort);
      try {
        return await Promise.race([bytes, cut.promise]);
      } finally {
        this.#aborts.remove(signal, onAbort);
      }
    } catch (error) {
      throw this.#failure(error, request);
    }
  }

  #failure(error: unknown, request: ApiRequest, channel?: HttpChannel): unknown {
    const { method, path, signal } = request;
    if (signal?.aborted) return signal.reason;
    const { cause, reason, text } = channel?.explain(error, HINT_WORDS) ??
      { cause: error, reason: failureReason(error), text: failureText(error) };
    const action = `${method} ${this.server}${path}`;
    return new OperationFailedError(reason, `Cannot ${action}: ${text}`, { cause });
  }
}

function headersOf(
  fixed: readonly [string, string][],
  { authorization }: Credential,
): [string, string][] {
  return authorization === undefined ? [...fixed] : [...fixed, ["authorization", authorization]];
}

/** Each byte of its UTF-8 as one letter, the form in which fetch takes a header (Fetch, "byte string"). */
function byteString(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function tooLate({ method, path }: ApiRequest, limitMs: number): OperationFailedError {
  return new OperationFailedError(
    "timeout",
    `Cannot ${method} ${path}: no answer in ${limitMs} ms`,
  );
}
