/**
 * How is a data plane asked? One request at a time over connections of a known kind, each sent once;
 * whatever comes of it is an answer. Never judges one, and never decides when to ask.
 *
 * Not by `fetch`: it drops the Host header unless told, cannot tell which connection it used, and
 * sends a request again when a kept connection breaks under it, which hides what
 * `gateway route-change` looks for. See core/net/http1_connection.ts. HTTP/1.1 without TLS only.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { withinTime } from "../../../core/load/deadline.ts";
import type { FailureReason, Tags } from "../../../core/measure/sample.ts";
import { failureReason, failureText } from "../../../core/net/fetch_failure.ts";
import {
  type Http1Answer,
  type Http1Connection,
  type Http1Limits,
  openHttp1Connection,
} from "../../../core/net/http1_connection.ts";
import { printable } from "../../../core/say.ts";
import type { Answer } from "./answer.ts";

/** Where the traffic of a Gateway's listener goes in. */
export interface DataPlane {
  /** `namespace/name`. */
  readonly gateway: string;
  /** An IP address or a host name, without brackets. */
  readonly address: string;
  readonly port: number;
}

/**
 * `fresh`: a new TCP connection for every question, which is what several replicas behind one
 * address need to be seen. `kept`: one connection, until either end closes it.
 */
export type ConnectionKind = "fresh" | "kept";

export interface Question {
  /** Host header. */
  readonly host: string;
  /** From its first slash on. */
  readonly path: string;
  /** Sent by a POST; absent: it is a GET. */
  readonly body?: Uint8Array;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

export interface AskerOptions {
  readonly clock: Clock;
  readonly connection: ConnectionKind;
  /** For one answer, the connecting included. @default 2,000 */
  readonly timeoutMs?: number;
  /** A longer body is left there, and its connection closed. @default 4,096 */
  readonly mostBodyBytes?: number;
}

const TIMEOUT_MS = 2_000;
const MOST_BODY_BYTES = 4_096;
const KEPT_BODY_BYTES = 120;
/**
 * The server closes first, and has the TIME_WAIT: 47,000 connections in 12 s to one address left 478
 * local ports waiting for its end, of 28,000.
 */
const CLOSE = [["Connection", "close"]] as const;

/** One question under way. */
interface Exchange {
  readonly signal: AbortSignal;
  /** Its connection, as in {@link Answer}; known when it is over, however it ends. */
  readonly over: { connection: number };
}

/** Asks one data plane. With `kept` connections one question at a time, with `fresh` ones any number. */
export class Asker implements Disposable {
  readonly dataPlane: DataPlane;
  readonly connection: ConnectionKind;
  /** Of the samples of its questions. */
  readonly tags: Tags;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #limits: Http1Limits;
  #kept: Http1Connection | undefined;
  #opened = 0;
  #isAsking = false;

  constructor(
    dataPlane: DataPlane,
    { clock, connection, timeoutMs = TIMEOUT_MS, mostBodyBytes = MOST_BODY_BYTES }: AskerOptions,
  ) {
    this.dataPlane = dataPlane;
    this.connection = connection;
    this.tags = { gateway: dataPlane.gateway, connection };
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#limits = { keptBytes: KEPT_BODY_BYTES, mostBytes: mostBodyBytes };
  }

  /** How many connections it has made: one for each answer, or one and its replacements. */
  get opened(): number {
    return this.#opened;
  }

  /** Whether the next question goes over a connection that is there already. */
  get isOpen(): boolean {
    return this.#kept?.isOpen ?? false;
  }

  /**
   * What the data plane answers; no answer in time, and every failure of the connection, is one too.
   * @throws the signal's reason, once it has aborted
   * @throws {RangeError} for a question that is no HTTP request
   */
  async ask({ signal, ...question }: Question): Promise<Answer> {
    if (this.connection === "kept" && this.#isAsking) throw new Error("It is being asked already");
    this.#isAsking = true;
    const askedMs = this.#clock.now();
    const over = { connection: 0 };
    const work = (signal: AbortSignal) => this.#exchange(question, { signal, over });
    try {
      const limit = { limitMs: this.#timeoutMs, signal, late };
      const { status, headers, bodyHead } = await withinTime(this.#clock, work, limit);
      const times = { askedMs, atMs: this.#clock.now(), ...over };
      const location = headers.get("location");
      return {
        kind: "status",
        status,
        ...(location === undefined ? {} : { location }),
        headers,
        bodyHead: printable(bodyHead),
        ...times,
      };
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      if (thrown instanceof RangeError) throw thrown;
      const times = { askedMs, atMs: this.#clock.now(), ...over };
      const text = printable(failureText(thrown));
      return { kind: "failed", reason: reasonOf(thrown), text, ...times };
    } finally {
      this.#isAsking = false;
    }
  }

  [Symbol.dispose](): void {
    this.#kept?.[Symbol.dispose]();
  }

  async #exchange(
    { host, path, body }: Question,
    { signal, over }: Exchange,
  ): Promise<Http1Answer> {
    const isFresh = this.connection === "fresh";
    over.connection = this.#opened;
    const connection = this.isOpen ? this.#kept! : await this.#open({ signal, over });
    const cut = () => connection[Symbol.dispose]();
    signal.addEventListener("abort", cut, { once: true });
    try {
      const request = { host, path, headers: isFresh ? CLOSE : [] };
      if (body === undefined) return await connection.get(request, this.#limits);
      return await connection.post({ ...request, body }, this.#limits);
    } finally {
      signal.removeEventListener("abort", cut);
      if (isFresh) cut();
    }
  }

  async #open({ signal, over }: Exchange): Promise<Http1Connection> {
    const { address, port } = this.dataPlane;
    over.connection = 0;
    const connection = await openHttp1Connection({ hostname: address, port }, signal);
    over.connection = ++this.#opened;
    if (this.connection === "kept") this.#kept = connection;
    return connection;
  }
}

function late(): Error {
  return new DOMException("no answer in time", "TimeoutError");
}

/** Beside the common ones: this machine has no port left to connect from, which is no answer of anybody. */
function reasonOf(thrown: unknown): FailureReason {
  return thrown instanceof Deno.errors.AddrNotAvailable ? "no-local-port" : failureReason(thrown);
}
