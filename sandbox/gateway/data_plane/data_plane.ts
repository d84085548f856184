/**
 * The data plane: sockets on loopback that answer by one routing table. A port that was opened once is
 * open to the end, whether or not it has a route.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { CannotRunError, messageOf } from "../../../core/errors.ts";
import { HttpServer } from "../../../core/net/http_server.ts";
import { answerOf, notFound } from "./answer.ts";
import { RoutingTable, type ServedRoute } from "./routing_table.ts";

/** How long connections may take to go at the end. */
const CLOSE_GRACE_MS = 500;

interface DataPlaneOptions {
  readonly clock: Clock;
  /** Told once when clients had to be turned away. */
  readonly onInterrupted?: ((message: string) => void) | undefined;
}

export class DataPlane {
  readonly address = "127.0.0.1";
  readonly #options: DataPlaneOptions;
  readonly #table = new RoutingTable();
  readonly #servers = new Map<number, HttpServer>();

  constructor(options: DataPlaneOptions) {
    this.#options = options;
  }

  /** Takes a free port. @throws {CannotRunError} if there is none */
  open(): number {
    const { clock, onInterrupted } = this.#options;
    try {
      const server: HttpServer = new HttpServer({
        listen: { hostname: this.address, port: 0 },
        clock,
        handler: (request) => this.#answer(request, server.addr.port),
        // What a defect is answered with, the client shows.
        onError: (error) => new Response(`Sandbox defect: ${messageOf(error)}\n`, { status: 500 }),
        onInterrupted,
      });
      this.#servers.set(server.addr.port, server);
      return server.addr.port;
    } catch (error) {
      throw new CannotRunError(`Cannot listen on ${this.address}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  isServed(port: number): boolean {
    return this.#servers.has(port);
  }

  /** @param served undefined: the route is gone */
  program(key: string, served: ServedRoute | undefined): void {
    if (served === undefined) this.#table.remove(key);
    else this.#table.put(served);
  }

  /** As if no route had ever been there. */
  clear(): void {
    this.#table.clear();
  }

  /** Resolves when its ports are free, or soon. */
  async close(): Promise<void> {
    const servers = [...this.#servers.values()];
    await Promise.all(servers.map((server) => server.close({ graceMs: CLOSE_GRACE_MS })));
  }

  async #answer(request: Request, port: number): Promise<Response> {
    const url = new URL(request.url);
    // A body that nobody reads would keep the connection from its next request.
    await request.body?.cancel();
    const action = this.#table.find({ port, host: url.hostname, path: url.pathname });
    return action === undefined ? notFound() : answerOf(action, { url, port });
  }
}
