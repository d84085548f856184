/**
 * One TCP connection to an API server that speaks HTTP/2, over our own engine. It is dialled by the
 * first that needs it, as long as somebody does; what the server ends or refuses fails, and is sent
 * by nobody a second time. Who wants another connection makes another wire.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import type { StreamFailure } from "../../core/h2/answer_sink.ts";
import { dialH2 } from "../../core/h2/dial_h2.ts";
import type { ConnectionFacts } from "../../core/h2/facts.ts";
import { ERROR_CODES } from "../../core/h2/error_code.ts";
import { failureTold } from "../../core/h2/failure_told.ts";
import type { H2Client, RequestHead } from "../../core/h2/h2_client.ts";
import type { HeaderField } from "../../core/h2/header_field.ts";
import type { Clock } from "../../core/load/clock.ts";
import { explainFailure } from "../../core/net/fetch_failure.ts";
import { type ChannelTarget, remotePort } from "../../core/net/http_channel.ts";
import { disableNagle } from "../../core/net/own_sockets.ts";
import { H2Answer, type Waits } from "./h2_answer.ts";
import { HINT_WORDS } from "./hint_words.ts";
import type { Wire, WireAnswer, WireRequest } from "./wire.ts";

interface H2WireOptions {
  readonly clock: Clock;
  readonly waits: Waits;
}

/** The server ended the connection in good order, and has not looked at it (RFC 9113, section 6.8). */
export class UnseenError extends OperationFailedError {
  override name = "UnseenError";
}

const ENCODER = new TextEncoder();
const SCHEME = "https://";

export class H2Wire implements Wire {
  readonly #target: ChannelTarget;
  readonly #options: H2WireOptions;
  readonly #authority: string;
  readonly #giveUpDialling = new AbortController();
  #dialled: Promise<H2Client> | undefined;
  #client: H2Client | undefined;
  /** Those who wait for it, and requests under way. */
  #users = 0;
  #isClosing = false;

  private constructor(target: ChannelTarget, options: H2WireOptions) {
    const { host } = new URL(target.baseUrl);
    this.#target = target;
    this.#options = options;
    this.#authority = host;
  }

  /** @throws what the runtime says of certificates that are of no use */
  static open(target: ChannelTarget, options: H2WireOptions): H2Wire {
    checkCertificates(target);
    return new H2Wire(target, options);
  }

  get isOpen(): boolean {
    return !this.#isClosing && (this.#client?.isOpen ?? true);
  }

  /** Undefined until it is there. */
  get facts(): ConnectionFacts | undefined {
    return this.#client?.facts;
  }

  async fetch(url: string, request: WireRequest): Promise<WireAnswer> {
    request.signal.throwIfAborted();
    this.#users++;
    let client: H2Client;
    try {
      client = this.#client ?? await this.#connected(request.signal);
    } catch (error) {
      this.#leave();
      throw error;
    }
    return await this.#ask(client, url, request).head;
  }

  async ping(signal: AbortSignal): Promise<void> {
    this.#users++;
    try {
      const client = this.#client ?? await this.#connected(signal);
      await orAborted(client.ping(), signal);
    } finally {
      this.#leave();
    }
  }

  [Symbol.dispose](): void {
    this.#isClosing = true;
    this.#closeIfIdle();
  }

  #ask(client: H2Client, url: string, request: WireRequest): H2Answer {
    const { signal } = request;
    const answer = new H2Answer(url, {
      clock: this.#options.clock,
      waits: this.#options.waits,
      explain: (failure) => this.#explain(failure, client),
      onOver: () => {
        signal.removeEventListener("abort", onAbort);
        this.#leave();
      },
    });
    const onAbort = () => answer.giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const body = request.body === undefined ? undefined : ENCODER.encode(request.body);
    answer.send(client, this.#head(url, request, body?.length), body);
    return answer;
  }

  #head(
    url: string,
    { method, headers }: WireRequest,
    bodyBytes: number | undefined,
  ): RequestHead {
    const fields: HeaderField[] = bodyBytes === undefined
      ? headers
      : [...headers, ["content-length", String(bodyBytes)]];
    const path = url.slice(url.indexOf("/", SCHEME.length));
    return { method, scheme: "https", authority: this.#authority, path, headers: fields };
  }

  #connected(signal: AbortSignal): Promise<H2Client> {
    this.#dialled ??= this.#dial();
    return orAborted(this.#dialled, signal);
  }

  async #dial(): Promise<H2Client> {
    const { clock } = this.#options;
    const { signal } = this.#giveUpDialling;
    try {
      const client = await dialH2(this.#target, { clock, signal });
      // The one way of dialling after which small writes would wait: core/net/native_tls.ts.
      const isShowing = this.#target.clientCert !== undefined;
      if (isShowing) disableNagle({ remotePort: remotePort(this.#target) });
      await readyOrClosed(client, signal);
      this.#client = client;
      this.#closeIfIdle();
      return client;
    } catch (error) {
      this.#isClosing = true;
      const { proxy } = this.#target;
      const { reason, text } = explainFailure(error, { words: HINT_WORDS, proxy });
      throw new OperationFailedError(reason, text, { cause: error });
    }
  }

  #explain(failure: StreamFailure, { facts }: H2Client): OperationFailedError {
    const saidGoAway = facts.received.goAways.size > 0;
    const { proxy } = this.#target;
    const { reason, text } = failureTold(failure, { words: HINT_WORDS, proxy, saidGoAway });
    // One that says what was wrong is not answered with more of it.
    const isUnseen = failure.kind === "goaway" && failure.code === ERROR_CODES.NO_ERROR;
    return new (isUnseen ? UnseenError : OperationFailedError)(reason, text);
  }

  #leave(): void {
    this.#users--;
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#users > 0) return;
    if (this.#client === undefined) {
      // Nobody waits for the connection any more, so that the next one begins with another.
      if (this.#dialled !== undefined) this.#isClosing = true;
      this.#giveUpDialling.abort(new Error("nobody waits for the connection"));
    } else if (this.#isClosing) this.#client.close();
  }
}

/** Now, and not when it is dialled: such a run is not to begin. The runtime's own reader looks at them. */
function checkCertificates({ caPem, clientCert }: ChannelTarget): void {
  Deno.createHttpClient({
    ...(caPem === undefined ? {} : { caCerts: [caPem] }),
    ...(clientCert === undefined ? {} : { cert: clientCert.certPem, key: clientCert.keyPem }),
  }).close();
}

/** What the server allows is known before the first request. */
async function readyOrClosed(client: H2Client, signal: AbortSignal): Promise<void> {
  try {
    await orAborted(client.ready, signal);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The same, or a rejection with the signal's reason. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: either, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  promise.then(resolve, reject);
  return either.finally(() => signal.removeEventListener("abort", onAbort));
}
