/** One request over HTTP/2 and its answer, and how a failure of it looks. Never decides to send one. @module */

import type { AnswerSink, ClientStream, StreamFailure } from "../core/h2/answer_sink.ts";
import { failureTold } from "../core/h2/failure_told.ts";
import type { H2Client, RequestHead } from "../core/h2/h2_client.ts";
import { OperationFailedError } from "../core/errors.ts";
import { shownUrl } from "../core/net/address.ts";
import type { ProxyServer } from "../core/net/proxy.ts";
import type { AnswerReader } from "./connection.ts";
import { HINT_WORDS } from "./hint_words.ts";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly reader: AnswerReader;
  readonly proxy: ProxyServer | undefined;
}

export class H2Exchange implements AnswerSink {
  readonly #asked: Asked;
  readonly #over = Promise.withResolvers<void>();
  #stream: ClientStream | undefined;
  #hasHead = false;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Once. Resolves when the answer is whole. */
  async sentOver(client: H2Client, head: RequestHead): Promise<void> {
    const { signal, reader } = this.#asked;
    signal.throwIfAborted();
    const onAbort = () => this.#giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#stream = client.request(head, this);
      if (this.#stream.id === undefined && client.isOpen) {
        reader.onWait?.(client.facts.peerSettings.maxConcurrentStreams);
      }
      await this.#over.promise;
    } catch (error) {
      throw error instanceof FailedStream ? this.#failure(error.failure, client) : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  onTurn(): void {
    this.#asked.reader.onTurn?.();
  }

  onHead(status: number): void {
    this.#hasHead = true;
    try {
      this.#asked.reader.onHead(status);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  onData(piece: Uint8Array): void {
    try {
      this.#asked.reader.onBytes(piece);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  onEnd(): void {
    this.#over.resolve();
  }

  onFailure(failure: StreamFailure): void {
    this.#over.reject(new FailedStream(failure));
  }

  #giveUp(error: unknown): void {
    this.#stream?.cancel();
    this.#over.reject(error);
  }

  #failure(failure: StreamFailure, { facts }: H2Client): OperationFailedError {
    const { method, url, proxy } = this.#asked;
    const saidGoAway = facts.received.goAways.size > 0;
    const { reason, text } = failureTold(failure, { words: HINT_WORDS, proxy, saidGoAway });
    const what = this.#hasHead ? "read" : method;
    const message = `Cannot ${what} ${shownUrl(url)}: ${text}`;
    const cause = "error" in failure ? failure.error : undefined;
    return new OperationFailedError(reason, message, { why: text, cause });
  }
}

/** Of the engine, before it is known what to say of it. */
class FailedStream extends Error {
  constructor(readonly failure: StreamFailure) {
    super(failure.kind);
  }
}
