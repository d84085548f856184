/** A server that takes every connection and says nothing. @module */

export class SilentServer implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #first = Promise.withResolvers<void>();

  constructor() {
    void this.#acceptAll();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Resolves when somebody has connected. */
  get connected(): Promise<void> {
    return this.#first.promise;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
  }

  async #acceptAll(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.push(connection);
      this.#first.resolve();
    }
  }
}
