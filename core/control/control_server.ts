/**
 * The end of the control socket that is in the run: takes clients, reads their requests, has them
 * answered. A peer that is slow, silent, greedy or talks nonsense costs the load next to nothing.
 * @module
 */

import { messageOf } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import { Deadline } from "../load/deadline.ts";
import { parsedJson } from "../parsed_json.ts";
import type { ControlSocket } from "./control_socket.ts";
import { linesOf, LineTooLongError, writeLine } from "./lines.ts";
import { type Answer, PROTOCOL_VERSION, type Refusal, Request } from "./protocol.ts";

/** People, a page and a script; more are none. */
const MOST_CLIENTS = 8;
/** How long a client may neither ask nor take its answer. */
const IDLE_MS = 60_000;
/** From one answer to the next one of a client: a loop that asks at once takes no load's time away. */
const ANSWER_PERIOD_MS = 20;
/** The same from one client to the next. */
const ACCEPT_PERIOD_MS = 5;
/** The same where one could not be taken. */
const AFTER_FAILURE_MS = 1_000;

export interface ControlServerOptions {
  readonly clock: Clock;
  /** What is answered to a request. It never rejects for what the client could mend. */
  readonly answer: (request: Request) => Promise<Answer>;
}

/** See the module. Serves from its making until it is disposed. */
export class ControlServer implements AsyncDisposable {
  readonly #socket: ControlSocket;
  readonly #options: ControlServerOptions;
  readonly #clients = new Set<Client>();
  readonly #closing = new AbortController();
  readonly #accepting: Promise<void>;

  constructor(socket: ControlSocket, options: ControlServerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#accepting = this.#accept();
  }

  /** Waits for no answer: one that never comes must not hold up the end of the run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#socket[Symbol.dispose]();
    for (const client of this.#clients) client.hangUp();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let periodMs = ACCEPT_PERIOD_MS;
      try {
        const client = new Client(await this.#socket.listener.accept(), clock);
        this.#clients.add(client);
        void this.#serve(client).finally(() => this.#clients.delete(client));
      } catch {
        // Out of descriptors, or the client has gone already: the next one may do better.
        periodMs = AFTER_FAILURE_MS;
      }
      await clock.sleepUntil(clock.now() + periodMs, signal);
    }
  }

  /** Never rejects. */
  async #serve(client: Client): Promise<void> {
    const { clock } = this.#options;
    const { connection } = client;
    try {
      if (this.#clients.size > MOST_CLIENTS) {
        const message = `${MOST_CLIENTS} others are asking this run already`;
        return await writeLine(connection, refused({ kind: "busy", message }));
      }
      for await (const line of linesOf(connection)) {
        client.isAlive();
        await writeLine(connection, await this.#answerTo(line));
        await clock.sleepUntil(clock.now() + ANSWER_PERIOD_MS, this.#closing.signal);
        client.isAlive();
      }
    } catch (error) {
      if (!(error instanceof LineTooLongError)) return; // it has gone, or was too slow
      const answer = refused({ kind: "badRequest", message: error.message });
      await writeLine(connection, answer).catch(() => {});
    } finally {
      client.hangUp();
    }
  }

  async #answerTo(line: string): Promise<Answer> {
    const parsed = parsedJson(line);
    const { success, data, error } = Request.safeParse(parsed);
    if (!success) return refused(whyUnread(parsed, error.issues[0]));
    try {
      return await this.#options.answer(data);
    } catch (thrown) {
      return refused({ kind: "failed", message: messageOf(thrown) });
    }
  }
}

/** An answer that says why there is no other. */
export function refused(error: Refusal): Answer {
  return { version: PROTOCOL_VERSION, error };
}

function whyUnread(
  parsed: unknown,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): Refusal {
  const version = (parsed as { version?: unknown } | null | undefined)?.version;
  if (typeof version === "number" && version !== PROTOCOL_VERSION) {
    const message = `this run speaks version ${PROTOCOL_VERSION} of the control protocol, ` +
      `not ${version}: use the scaletool that it is a run of`;
    return { kind: "otherVersion", message };
  }
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  const why = parsed === undefined ? "it is no JSON" : `${where}${issue?.message}`;
  return { kind: "badRequest", message: `Cannot read the request: ${why}` };
}

/** One that is served. It is hung up on when it has been idle for too long. */
class Client {
  #idle: Deadline | undefined;

  constructor(readonly connection: Deno.Conn, readonly clock: Clock) {
    this.isAlive();
  }

  isAlive(): void {
    this.#idle?.[Symbol.dispose]();
    this.#idle = new Deadline(this.clock, { limitMs: IDLE_MS, onOver: () => this.hangUp() });
  }

  hangUp(): void {
    this.#idle?.[Symbol.dispose]();
    try {
      this.connection.close();
    } catch {
      // It is closed already.
    }
  }
}
