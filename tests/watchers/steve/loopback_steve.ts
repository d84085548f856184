/**
 * Steve's two addresses on a real port of this machine: lists that have a revision only, and sockets
 * that tell every subscription of each change at once.
 * @module
 */

import type { WrittenEvent } from "../../../watchers/steve/written_event.ts";
import type { SentMessage } from "./scripted_steve.ts";

export class LoopbackSteve implements AsyncDisposable {
  revision = 100;
  /** Statuses that upgrades are refused with, while there are any. */
  readonly refusals: number[] = [];
  /** Whether changes are told. */
  isTelling = true;
  readonly cookies = new Set<string>();
  readonly #watches = new Map<WebSocket, SentMessage[]>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get socketCount(): number {
    return this.#watches.size;
  }

  write(type: string, atMs: number): WrittenEvent {
    const revision = ++this.revision;
    for (const [socket, keys] of this.#watches) {
      for (const key of keys) {
        if (key.resourceType !== type || !this.isTelling) continue;
        const name = key.mode === undefined ? "resource.create" : "resource.changes";
        say(socket, { ...key, name, revision: String(revision), data: { id: `n${revision}` } });
      }
    }
    return { type, op: "create", name: `n${revision}`, revision: BigInt(revision), atMs };
  }

  closeSockets(): void {
    for (const socket of this.#watches.keys()) socket.close(1012, "restarting");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeSockets();
    await this.#server.shutdown();
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    if (pathname !== "/v1/subscribe") {
      return Response.json({ type: "collection", revision: String(this.revision), data: [] });
    }
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return new Response(null, { status: refusal });
    this.cookies.add(request.headers.get("cookie") ?? "");
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => this.#watches.set(socket, []);
    socket.onclose = () => this.#watches.delete(socket);
    socket.onmessage = ({ data }) => {
      const key: SentMessage = JSON.parse(data);
      this.#watches.get(socket)?.push(key);
      say(socket, { ...key, name: "resource.start", data: {} });
    };
    return response;
  }
}

/** In the order of Steve's keys. */
function say(
  socket: WebSocket,
  { name, namespace, resourceType, revision, mode, data }:
    & SentMessage
    & { name: string; revision?: string; data: unknown },
): void {
  const envelope = { name, namespace, resourceType, revision, mode, data };
  socket.send(JSON.stringify(envelope) + "\n");
}
