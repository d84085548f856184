/**
 * One place for a connection: opened once for all the request loops that share it, opened again
 * after it broke. Never decides when to try again.
 * @module
 */

import type { CommonReason, FailureReason } from "../core/measure/sample.ts";
import { type Connection, openConnection, type TransportOptions } from "./transport.ts";

/** Failures of one request that leave the connection as it was. */
const REQUEST_FAILURES: ReadonlySet<FailureReason> = new Set<CommonReason>([
  "stream-reset",
  "truncated",
  "corrupt",
  "stalled",
]);

export class ConnectionSlot implements Disposable {
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;

  constructor(readonly id: number, readonly options: TransportOptions) {}

  /** The open connection, if there is one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /**
   * The connection, opened with `open` unless it is open; callers that come while it is being opened
   * share the one attempt and its failure.
   */
  async ensureOpen(
    open: (attempt: () => Promise<Connection>) => Promise<Connection>,
  ): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    this.#opening ??= open(() => openConnection(this.id, this.options));
    try {
      return this.#connection = await this.#opening;
    } finally {
      this.#opening = undefined;
    }
  }

  /** Gives the connection up when a failure says that it is broken. */
  onFailure(reason: FailureReason): void {
    if (!REQUEST_FAILURES.has(reason) && !reason.startsWith("http-")) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }
}
