/**
 * HTTP/2 to the target, over an engine of our own. What the server refuses, resets or ends is an
 * outcome of the request: nothing is sent a second time, and there is no limit of streams but the
 * server's.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { dialH2 } from "../core/h2/dial_h2.ts";
import type { H2Client } from "../core/h2/h2_client.ts";
import type { HeaderField } from "../core/h2/header_field.ts";
import type { Clock } from "../core/load/clock.ts";
import { explainFailure } from "../core/net/fetch_failure.ts";
import type { ChannelTarget } from "../core/net/http_channel.ts";
import { VERSION } from "../core/version.ts";
import type {
  AnswerReader,
  Connection,
  GetOptions,
  HandshakeTimes,
  Http2View,
} from "./connection.ts";
import { H2Exchange } from "./h2_exchange.ts";
import { HINT_WORDS } from "./hint_words.ts";

const COMMON_HEADERS: readonly HeaderField[] = [
  ["user-agent", `scaletool/${VERSION}`],
  ["accept", "*/*"],
  // What is measured is what was asked for.
  ["accept-encoding", "identity"],
];

/**
 * A connection that has shaken hands; no request has been sent yet.
 * @throws {OperationFailedError} if there is none; the message ends with a hint, if one is known
 * @throws the signal's reason, unchanged, once it has aborted
 */
export async function openH2Connection(
  id: number,
  target: ChannelTarget,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<H2Connection> {
  const startMs = clock.now();
  let tcpDoneMs = startMs;
  const onTcp = () => void (tcpDoneMs = clock.now());
  let client: H2Client;
  try {
    client = await dialH2(target, { clock, signal, onTcp });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const { reason, text } = explainFailure(error, { words: HINT_WORDS, proxy: target.proxy });
    const message = `Cannot connect to ${new URL(target.baseUrl).host}: ${text}`;
    throw new OperationFailedError(reason, message, { cause: error });
  }
  const handshake = { tcpMs: tcpDoneMs - startMs, tlsMs: clock.now() - tcpDoneMs };
  return new H2Connection(id, { client, target, handshake });
}

interface H2ConnectionParts {
  readonly client: H2Client;
  readonly target: ChannelTarget;
  readonly handshake: HandshakeTimes;
}

export class H2Connection implements Connection {
  readonly protocol = "h2";
  connectMs = 0;
  readonly handshake: HandshakeTimes;
  readonly http2: Http2View;
  readonly #client: H2Client;
  readonly #target: ChannelTarget;
  readonly #origin: string;
  readonly #authority: string;
  #underWay = 0;
  #isDisposed = false;
  #cutBy: OperationFailedError | undefined;

  /** Use {@link openH2Connection}. */
  constructor(readonly id: number, { client, target, handshake }: H2ConnectionParts) {
    const { origin, host } = new URL(target.baseUrl);
    this.handshake = handshake;
    this.#target = target;
    this.#origin = origin;
    this.#authority = host;
    this.#client = client;
    this.http2 = {
      get facts() {
        return client.facts;
      },
      ping: () => client.ping(),
      cut: (failure) => {
        this.#cutBy ??= failure;
        client.close();
      },
    };
  }

  get isOpen(): boolean {
    return !this.#isDisposed && this.#client.isOpen;
  }

  /** Any answer will do, even one that does not end well: Deno.serve (2.9.6) gives one to HEAD a body. */
  async probe(url: string, signal: AbortSignal): Promise<void> {
    let isAnswered = false;
    const reader = { onHead: () => void (isAnswered = true), onBytes() {} };
    try {
      await this.#exchange("HEAD", url, { signal, reader });
    } catch (error) {
      if (!isAnswered || !this.isOpen) throw error;
    }
  }

  async get(url: string, options: GetOptions, reader: AnswerReader): Promise<void> {
    await this.#exchange("GET", url, { ...options, reader });
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    if (this.#underWay === 0) this.#client.close();
  }

  async #exchange(
    method: string,
    url: string,
    { headers = {}, signal, reader }: GetOptions & { reader: AnswerReader },
  ): Promise<void> {
    if (!url.startsWith(`${this.#origin}/`)) {
      throw new RangeError(`Cannot get ${url} over a connection to ${this.#origin}`);
    }
    const head = {
      method,
      scheme: "https",
      authority: this.#authority,
      path: url.slice(this.#origin.length),
      headers: [...COMMON_HEADERS, ...Object.entries(headers)],
    };
    const { proxy } = this.#target;
    const exchange = new H2Exchange({ method, url, signal, reader, proxy });
    this.#underWay++;
    try {
      await exchange.sentOver(this.#client, head);
    } catch (error) {
      throw error instanceof OperationFailedError ? this.#cutBy ?? error : error;
    } finally {
      this.#underWay--;
      if (this.#isDisposed && this.#underWay === 0) this.#client.close();
    }
  }
}
