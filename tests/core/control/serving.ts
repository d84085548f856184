/** A control server on a socket of its own, for tests. @module */

import { type Answer, PROTOCOL_VERSION, type Request } from "../../../core/control/protocol.ts";
import { ControlServer } from "../../../core/control/control_server.ts";
import { connectTo, ControlSocket } from "../../../core/control/control_socket.ts";
import { linesOf, writeLine } from "../../../core/control/lines.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempDir } from "../../support/scaletool.ts";

export const STATUS = {
  runId: "r",
  command: "driver",
  target: "https://127.0.0.1:6443",
  state: "running",
  elapsedMs: 12_000,
  line: "12s of 1m  request 100/s",
  targetRatePerSec: 100,
  workers: null,
  changes: ["rate", "pause", "mark"],
} as const;

/** Answers each change with its own text, once the test lets it. */
export class Serving implements AsyncDisposable {
  readonly clock = new FakeClock(1_000);
  readonly dir = new TempDir();
  readonly asked: Request[] = [];
  answer = (request: Request): Promise<Answer> =>
    Promise.resolve(
      request.ask === "status"
        ? { version: PROTOCOL_VERSION, status: STATUS }
        : { version: PROTOCOL_VERSION, inForce: { now: request.change.kind, sinceMs: 12_000 } },
    );
  readonly #clients: Client[] = [];
  readonly server = new ControlServer(ControlSocket.listen(this.dir.path), {
    clock: this.clock,
    answer: (request) => {
      this.asked.push(request);
      return this.answer(request);
    },
  });

  /** A client; the server takes the next one as soon as it takes any. */
  async connect(): Promise<Client> {
    const client = new Client(await connectTo(this.dir.path), this.clock);
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server[Symbol.asyncDispose]();
    await this.dir[Symbol.asyncDispose]();
  }
}

/** The other end, which says what it likes. */
export class Client {
  readonly #lines: AsyncIterator<string>;

  readonly #connection: Deno.Conn;
  #isOpen = true;

  constructor(connection: Deno.Conn, readonly clock: FakeClock) {
    this.#connection = connection;
    this.#lines = linesOf(connection);
  }

  close(): void {
    if (this.#isOpen) this.#connection.close();
    this.#isOpen = false;
  }

  async say(text: string): Promise<void> {
    await this.#connection.write(new TextEncoder().encode(text));
  }

  /** The next answer; undefined: the server has hung up. Lets as much time pass as that takes. */
  async heard(): Promise<Answer | undefined> {
    let isOver = false;
    const next = this.#lines.next().catch(() => ({ value: undefined }))
      .finally(() => isOver = true);
    while (!isOver) await this.clock.advance(1);
    const { value } = await next;
    return value === undefined ? undefined : JSON.parse(value);
  }

  async ask(request: unknown): Promise<Answer | undefined> {
    await writeLine(this.#connection, request);
    return await this.heard();
  }
}
