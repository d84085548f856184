/**
 * One question under way: what ends it before its answer is there, and what its answer is. Without a
 * signal and a promise for each, because there are a thousand a second.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { Deadline } from "../../../core/load/deadline.ts";
import { failureReason } from "../../../core/net/fetch_failure.ts";
import type { Http1Connection } from "../../../core/net/http1_connection.ts";
import type { OnPiece } from "../../../core/net/http1_body.ts";
import type { Http1Head } from "../../../core/net/http1_head.ts";
import { formatDuration } from "../../../core/units.ts";
import type { ChatAnswer, Question } from "./chat.ts";
import { failureOf } from "./failure.ts";
import { StreamedAnswer } from "./streamed_answer.ts";
import { wholeAnswer } from "./whole_answer.ts";

/** Beyond it an answer in one piece is cut. */
const MOST_BODY_BYTES = 16 << 20;
const LIMITS = { keptBytes: MOST_BODY_BYTES, mostBytes: MOST_BODY_BYTES };
/** Nothing of a stream is kept, so that its time alone limits it. */
const STREAM_LIMITS = { keptBytes: MOST_BODY_BYTES, mostBytes: Infinity };
/** What a connection says of a body that ended too early. */
const CUT: ReadonlySet<string> = new Set(["truncated", "connection-reset", "connection-closed"]);

export class Asking implements Disposable {
  readonly #clock: Clock;
  readonly #isStream: boolean;
  readonly #deadline: Deadline;
  #end = () => {};
  #streamed: StreamedAnswer | undefined;
  /** What it was given up with. */
  reasonGivenUp: unknown;

  /** Its time begins now. */
  constructor(clock: Clock, { isStream, timeoutMs }: Question) {
    this.#clock = clock;
    this.#isStream = isStream;
    this.#deadline = new Deadline(clock, {
      limitMs: timeoutMs,
      onOver: () => this.giveUp(late(timeoutMs)),
    });
  }

  giveUp(reason: unknown): void {
    this.reasonGivenUp ??= reason;
    this.#end();
  }

  /** What is under way until disposed of; ends at once where it was given up already. */
  endsWith(end: () => void): Disposable {
    this.#end = end;
    if (this.reasonGivenUp !== undefined) end();
    return { [Symbol.dispose]: () => this.#end = () => {} };
  }

  /** The answer to a request. @throws {OperationFailedError}, or what the connection throws */
  async over(connection: Http1Connection, request: Uint8Array): Promise<ChatAnswer> {
    using _underWay = this.endsWith(() => connection[Symbol.dispose]());
    const limits = this.#isStream ? STREAM_LIMITS : LIMITS;
    const answer = await connection.exchange(request, limits, (head) => this.#readerOf(head))
      .catch((thrown) => this.#cut(thrown));
    if (this.#streamed !== undefined) return this.#streamed.end(answer !== undefined);
    const { status, headers, bodyHead } = answer!;
    const failure = failureOf({ status, headers, body: bodyHead });
    if (failure !== undefined) throw failure;
    const whole = wholeAnswer(bodyHead);
    if (!this.#isStream) return whole;
    throw new OperationFailedError("corrupt", "asked for a stream, and the answer is none");
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }

  #readerOf({ status, headers }: Http1Head): OnPiece | undefined {
    const isJson = /^application\/json\b/i.test(headers.get("content-type") ?? "");
    if (!this.#isStream || status !== 200 || isJson) return undefined;
    const streamed = this.#streamed = new StreamedAnswer();
    return (bytes) => streamed.take(bytes, this.#clock.now());
  }

  /** A stream that broke off is judged by what came of it. */
  #cut(thrown: unknown): undefined {
    const isCut = this.reasonGivenUp === undefined && CUT.has(failureReason(thrown));
    if (this.#streamed === undefined || !isCut) throw thrown;
  }
}

function late(timeoutMs: number): OperationFailedError {
  return new OperationFailedError("timeout", `no answer in ${formatDuration(timeoutMs)}`);
}
