/**
 * One place for a connection: opened once for all the request loops that share it, opened again
 * after it broke or the server ended it. Never decides when to try again.
 * @module
 */

import type { Connection } from "./connection.ts";
import { openConnection, type TransportOptions } from "./transport.ts";

export class ConnectionSlot implements Disposable {
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;

  constructor(readonly id: number, readonly options: TransportOptions) {}

  /** The connection, if there is one that takes requests. */
  get connection(): Connection | undefined {
    return this.#connection?.isOpen ? this.#connection : undefined;
  }

  /**
   * The connection, opened with `open` unless it is open; callers that come while it is being opened
   * share the one attempt and its failure.
   */
  async ensureOpen(
    open: (attempt: () => Promise<Connection>) => Promise<Connection>,
  ): Promise<Connection> {
    if (this.connection !== undefined) return this.connection;
    this[Symbol.dispose](); // what it still answers it may answer to its end
    this.#opening ??= open(() => openConnection(this.id, this.options));
    try {
      return this.#connection = await this.#opening;
    } finally {
      this.#opening = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }
}
