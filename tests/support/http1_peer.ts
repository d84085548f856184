/**
 * An HTTP/1.1 server that says what a test wants, byte by byte, and knows its connections: what
 * `Deno.serve` never sends, and how it never ends a connection, can be had here.
 * @module
 */

/** What is written for a request, then what becomes of the connection. */
export type Http1Reply =
  | string
  | { readonly text: string | readonly string[]; readonly then: "close" | "keep" };

/** @param connection 0, 1, ... @param request 0, 1, ... on that connection */
type Script = (at: { connection: number; request: number; head: string }) => Http1Reply;

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

export function status(code: number, body = "", fields: readonly string[] = []): string {
  const head = [`HTTP/1.1 ${code} X`, ...fields, `Content-Length: ${body.length}`];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

export class Http1Peer implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly #script: Script;
  readonly #open = new Set<Deno.TcpConn>();
  /** What came, in order. */
  readonly heads: string[] = [];
  connections = 0;

  constructor(script: Script, { port = 0 } = {}) {
    this.#script = script;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    void this.#acceptAll();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections that this end has not closed. */
  get open(): number {
    return this.#open.size;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const conn of this.#open) this.#close(conn);
  }

  async #acceptAll(): Promise<void> {
    for await (const conn of this.#listener) {
      this.#open.add(conn);
      conn.setNoDelay(true);
      // A client that hangs up in between ends its connection's script.
      this.#serve(conn, this.connections++).catch(() => {}).finally(() => this.#close(conn));
    }
  }

  #close(conn: Deno.TcpConn): void {
    if (this.#open.delete(conn)) conn.close();
  }

  async #serve(conn: Deno.TcpConn, connection: number): Promise<void> {
    const bytes = new Uint8Array(16_384);
    for (let request = 0;; request++) {
      const count = await conn.read(bytes);
      if (count === null) return;
      const head = new TextDecoder().decode(bytes.subarray(0, count));
      this.heads.push(head);
      const reply = this.#script({ connection, request, head });
      const { text, then } = typeof reply === "string"
        ? { text: reply, then: "keep" } as const
        : reply;
      for (const part of typeof text === "string" ? [text] : text) {
        let left = new TextEncoder().encode(part);
        while (left.length > 0) left = left.subarray(await conn.write(left));
      }
      if (then === "close") return;
    }
  }
}
