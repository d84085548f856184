/**
 * How does one request get to one API server, with which credentials, and how does its failure look?
 * Over HTTP/2 this is one TCP connection, over HTTP/1.1 one for each request under way. Never
 * retries, except once after a 401 if the credentials can be had anew (client-go only drops them and
 * leaves the next try to its caller) and once what the server has not looked at, and never limits a
 * rate.
 * @module
 */

import { CannotRunError, OperationFailedError } from "../../core/errors.ts";
import type { ConnectionFacts } from "../../core/h2/facts.ts";
import type { Clock } from "../../core/load/clock.ts";
import { Deadline } from "../../core/load/deadline.ts";
import { failureReason, failureText } from "../../core/net/fetch_failure.ts";
import type { StatusError } from "../status_error.ts";
import type { Credential } from "../auth/credentials.ts";
import { ApiAnswer, statusError } from "./api_answer.ts";
import { ConnectionLife } from "./connection_life.ts";
import { FetchWire } from "./fetch_wire.ts";
import { H2Wire, UnseenError } from "./h2_wire.ts";
import { isHttp1, type Ready, ServerChannel, type ServerChannelOptions } from "./server_channel.ts";
import { StreamWaits } from "./stream_waits.ts";
import type { UnderWay } from "./under_way.ts";
import type { Wire, WireAnswer } from "./wire.ts";

export interface ConnectionOptions extends Omit<ServerChannelOptions<Wire>, "openWire"> {
  readonly userAgent: string;
  readonly clock: Clock;
  /** Longest time for one request but a watch, ms; 0: no limit. */
  readonly requestTimeoutMs: number;
  /** Sees every answer before its body is read. */
  readonly onAnswer?: (answer: WireAnswer) => void;
  /** Absent: nobody wants to know. */
  readonly waits?: StreamWaits;
}

/** The body of an answer as it comes. Dispose it when nothing of it is wanted any more. */
interface OpenStream extends Disposable {
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts with the caller's reason, or with a failure when the connection is lost. */
  readonly signal: AbortSignal;
  /** To be called when something of the body came. */
  heard(): void;
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

/**
 * Exempt from flow control, and granted to everybody who is known; any answer will do.
 * Source: Kubernetes, FlowSchema `probes` and ClusterRole `system:public-info-viewer`.
 */
const PROOF_PATH = "/livez";

/**
 * See the module. Dispose it when its requests have ended. Its owner has to look at its `life` now
 * and then, or a connection that dies without a word is never noticed.
 */
export class HttpConnection implements Disposable {
  readonly server: string;
  readonly life: ConnectionLife;
  /** Each request under way has a socket of its own. */
  readonly isHttp1: boolean;
  readonly #options: ConnectionOptions;
  readonly #headers: readonly [string, string][];
  readonly #channel: ServerChannel<Wire>;
  /** Only HTTP/1.1 can become a WebSocket (RFC 6455, section 4.1); opened for the first one. */
  #upgrading: Promise<ServerChannel<FetchWire>> | undefined;

  private constructor(options: ConnectionOptions, channel: ServerChannel<Wire>) {
    this.server = options.server;
    this.#options = options;
    this.#channel = channel;
    this.isHttp1 = isHttp1(options);
    this.life = new ConnectionLife({
      server: options.server,
      http1: this.isHttp1,
      clock: options.clock,
      ask: (wire, signal) => this.#prove(wire, signal),
    });
    this.#headers = [
      ["user-agent", options.userAgent],
      // Unasked, fetch allows the server to compress, which would cost both ends and hide the size.
      ["accept-encoding", "identity"],
      ...options.target.impersonation.map(([name, value]): [string, string] => [
        name.toLowerCase(),
        byteString(value.trim()),
      ]),
    ];
  }

  /**
   * Nothing is sent yet.
   * @throws what the credentials throw if there are none to be had
   * @throws {CannotRunError} if the target's settings cannot be used
   */
  static async open(options: ConnectionOptions): Promise<HttpConnection> {
    const { target: { fetch }, clock, waits = new StreamWaits() } = options;
    const channel = await ServerChannel.open<Wire>({
      ...options,
      openWire: (target) =>
        target.http1 || fetch !== undefined
          ? FetchWire.open(target, fetch)
          : H2Wire.open(target, { clock, waits }),
    });
    return new HttpConnection(options, channel);
  }

  /** Of the latest connection; undefined before it is there, and over HTTP/1.1. */
  get http2(): ConnectionFacts | undefined {
    return this.#channel.wire.facts;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Opens a WebSocket to the same server in the same way, over a connection of its own. */
  async webSocket(path: string, protocols: readonly string[]): Promise<WebSocket> {
    this.#upgrading ??= ServerChannel.open({
      ...this.#options,
      http1: true,
      openWire: (target) => FetchWire.open(target),
    });
    const { wire: { channel }, credential } = await this.#ready(await this.#upgrading);
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
    using underWay = this.life.begin(request.signal);
    const { requestTimeoutMs: limitMs, clock } = this.#options;
    const onOver = () => underWay.cut(tooLate(request, limitMs));
    using _deadline = limitMs === 0 ? undefined : new Deadline(clock, { limitMs, onOver });
    const answer = await this.#send(request, underWay);
    if (!answer.ok) throw await this.#refusal(answer, request, underWay);
    return new ApiAnswer(answer, await this.#bytes(answer, request, underWay));
  }

  /** The body of a successful answer as it comes, for a watch. Errors as for {@link answer}. */
  async stream(request: ApiRequest): Promise<OpenStream> {
    using opening = new DisposableStack();
    const underWay = opening.use(this.life.begin(request.signal));
    const answer = await this.#send(request, underWay);
    if (!answer.ok) throw await this.#refusal(answer, request, underWay);
    underWay.streams();
    opening.move();
    return {
      body: answer.body ?? new Blob([]).stream(),
      signal: underWay.signal,
      heard: () => underWay.heard(),
      [Symbol.dispose]: () => underWay[Symbol.dispose](),
    };
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
    this.#upgrading?.then((channel) => channel[Symbol.dispose](), () => {});
  }

  async #send(request: ApiRequest, underWay: UnderWay): Promise<WireAnswer> {
    let ready = await this.#ready(this.#channel);
    let answer: WireAnswer;
    try {
      answer = await this.#fetch(request, underWay, ready);
    } catch (error) {
      if (!(error instanceof Error) || !(error.cause instanceof UnseenError)) throw error;
      // Nothing is repeated by it (RFC 9113, section 8.7), and every client of Go's does so: API servers
      // end connections in good order, along with a 401 or to share out their clients (--goaway-chance).
      this.life.sendsAgain();
      ready = await this.#ready(this.#channel);
      answer = await this.#fetch(request, underWay, ready);
    }
    const { credentials } = this.#options.target;
    if (answer.status !== 401 || !credentials.invalidate(ready.credential)) return answer;
    // New ones may take as long as somebody takes to log in.
    underWay.rests();
    // Whatever becomes of that body, the next answer counts.
    await answer.body?.cancel().catch(() => {});
    return await this.#fetch(request, underWay, await this.#ready(this.#channel));
  }

  /** Credentials that cannot be renewed for now fail this request, and not the whole run. */
  async #ready<W extends Wire>(channel: ServerChannel<W>): Promise<Ready<W>> {
    try {
      return await channel.ready();
    } catch (cause) {
      if (!(cause instanceof CannotRunError)) throw cause;
      throw new OperationFailedError("unauthorized", cause.message, { cause });
    }
  }

  async #fetch(
    request: ApiRequest,
    underWay: UnderWay,
    { wire, credential }: Ready<Wire>,
  ): Promise<WireAnswer> {
    const { method, path, body, contentType, accept } = request;
    const headers = headersOf(this.#headers, credential);
    headers.push(["accept", accept ?? "application/json"]);
    if (contentType !== undefined) headers.push(["content-type", contentType]);
    underWay.sent(wire);
    try {
      const answer = await wire.fetch(this.server + path, {
        method,
        headers,
        signal: underWay.signal,
        ...(body === undefined ? {} : { body }),
      });
      underWay.heard();
      this.#options.onAnswer?.(answer);
      return answer;
    } catch (error) {
      throw this.#failure(error, request, underWay);
    }
  }

  /** No request of a command: it is counted by itself, and any answer will do. */
  async #prove(asked: Wire | undefined, signal: AbortSignal): Promise<void> {
    try {
      if (asked?.ping !== undefined) return await asked.ping(signal);
    } catch {
      signal.throwIfAborted(); // else it has ended by itself, and what counts is the next one
    }
    const { wire, credential } = await this.#ready(this.#channel);
    if (wire.ping !== undefined) return await wire.ping(signal);
    const headers = headersOf(this.#headers, credential);
    const answer = await wire.fetch(this.server + PROOF_PATH, { method: "GET", headers, signal });
    answer.bytes().catch(() => {}); // its head was the proof
  }

  async #refusal(
    answer: WireAnswer,
    request: ApiRequest,
    underWay: UnderWay,
  ): Promise<StatusError> {
    const bytes = await this.#bytes(answer, request, underWay);
    return statusError(answer, new TextDecoder().decode(bytes));
  }

  async #bytes(
    answer: WireAnswer,
    request: ApiRequest,
    underWay: UnderWay,
  ): Promise<Uint8Array> {
    try {
      return await underWay.orCut(answer.bytes());
    } catch (error) {
      throw this.#failure(error, request, underWay);
    }
  }

  #failure(error: unknown, { method, path }: ApiRequest, { signal }: UnderWay): unknown {
    if (signal.aborted) return signal.reason;
    const { reason, text, cause } = toldOf(error);
    const action = `${method} ${this.server}${path}`;
    return new OperationFailedError(reason, `Cannot ${action}: ${text}`, { why: text, cause });
  }
}

/** Of a wire, or of the reader of a body. */
function toldOf(error: unknown) {
  if (error instanceof OperationFailedError) {
    const cause = error instanceof UnseenError ? error : error.cause;
    return { reason: error.reason, text: error.why, cause };
  }
  return { reason: failureReason(error), text: failureText(error), cause: error };
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
  const why = `no answer in ${limitMs} ms`;
  return new OperationFailedError("timeout", `Cannot ${method} ${path}: ${why}`, { why });
}
