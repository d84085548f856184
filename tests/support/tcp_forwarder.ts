/**
 * A TCP forwarder in front of a server that can stop forwarding without a word: every socket stays
 * open and its kernel goes on acknowledging, as behind a stopped process or a NAT that has forgotten
 * a connection.
 * @module
 */

/** The forwarder's ends of one connection. */
interface Pair {
  readonly client: Deno.Conn;
  server: Deno.Conn | undefined;
  isFrozen: boolean;
}

export class TcpForwarder implements Disposable {
  /** Takes connections and forwards nothing of them. */
  swallowsNew = false;
  readonly #listener: Deno.TcpListener;
  readonly #port: number;
  readonly #target: { readonly hostname: string; readonly port: number };
  readonly #pairs: Pair[] = [];
  readonly #waiting: (() => void)[] = [];

  /** @param target a port of 127.0.0.1 @param options.port 0 takes a free one */
  constructor(target: number, { port = 0 } = {}) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#port = this.#listener.addr.port;
    this.#target = { hostname: "127.0.0.1", port: target };
    void this.#acceptAll();
  }

  get port(): number {
    return this.#port;
  }

  /** How many connections there were so far. */
  get accepted(): number {
    return this.#pairs.length;
  }

  /** Forwards nothing any more on the connections that there are. */
  freeze(): void {
    for (const pair of this.#pairs) pair.isFrozen = true;
  }

  /** Resolves when there were so many connections. */
  async untilAccepted(count: number): Promise<void> {
    while (this.accepted < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const pair of this.#pairs) close(pair);
  }

  async #acceptAll(): Promise<void> {
    for await (const client of this.#listener) void this.#serve(client);
  }

  async #serve(client: Deno.Conn): Promise<void> {
    const pair: Pair = { client, server: undefined, isFrozen: this.swallowsNew };
    this.#pairs.push(pair);
    for (const wake of this.#waiting.splice(0)) wake();
    try {
      const server = pair.server = await Deno.connect(this.#target);
      await Promise.all([pump(pair, client, server), pump(pair, server, client)]);
    } catch {
      // The target has gone, which the client sees as a hang-up.
    } finally {
      close(pair);
    }
  }
}

/** Ends with either end; what a frozen pair reads is lost. */
async function pump(pair: Pair, from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      for (let at = 0; at < read && !pair.isFrozen;) {
        at += await to.write(buffer.subarray(at, read));
      }
    }
  } catch {
    // Reset by its end, or closed by the test.
  }
  if (!pair.isFrozen) close(pair);
}

function close({ client, server }: Pair): void {
  for (const end of [client, server]) {
    try {
      end?.close();
    } catch {
      // Closed already.
    }
  }
}
