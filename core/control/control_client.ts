/**
 * The end of the control socket that is with whoever asks: a command, a console. Asks one thing at a
 * time; says of a run that cannot be asked why not.
 * @module
 */

import { dirname } from "node:path";
import { CannotRunError, messageOf } from "../errors.ts";
import type { Clock } from "../load/clock.ts";
import { withinTime } from "../load/deadline.ts";
import { parsedJson } from "../parsed_json.ts";
import type { Change } from "../run_log/change.ts";
import { connectTo, socketPathIn } from "./control_socket.ts";
import { linesOf, writeLine } from "./lines.ts";
import { Answer, type InForce, PROTOCOL_VERSION, type Request, type Status } from "./protocol.ts";

/** A change may have to reach a cluster; a process that is stopped answers nothing. */
const ANSWER_MS = 30_000;

/** The run has no socket that anybody listens on: it is over, or was killed. */
export class NotThereError extends CannotRunError {
  override name = "NotThereError";
}

/** A connection to a run that goes on. */
export class ControlClient implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #clock: Clock;
  readonly #lines: AsyncIterator<string>;

  private constructor(connection: Deno.Conn, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#lines = linesOf(connection);
  }

  /**
   * @param directory of the run
   * @throws {NotThereError} if no run listens there
   * @throws {CannotRunError} if we may not, and whose it is
   */
  static async connect(
    directory: string,
    { clock, connect = connectTo }: { clock: Clock; connect?: typeof connectTo },
  ): Promise<ControlClient> {
    try {
      return new ControlClient(await connect(directory), clock);
    } catch (error) {
      if (error instanceof Deno.errors.PermissionDenied) throw notOurs(directory);
      throw new NotThereError(messageOf(error), { cause: error });
    }
  }

  /** @throws {CannotRunError} if there is no answer */
  async status(): Promise<Status> {
    const answer = await this.#ask({ version: PROTOCOL_VERSION, ask: "status" });
    if (!("status" in answer)) throw new CannotRunError("it answered something else");
    return answer.status;
  }

  /**
   * Resolves when the change is in force.
   * @param by who asks, for the log
   * @throws {CannotRunError} if it cannot be, and why
   */
  async change(change: Change, by: string): Promise<InForce> {
    const answer = await this.#ask({ version: PROTOCOL_VERSION, ask: "change", change, by });
    if (!("inForce" in answer)) throw new CannotRunError("it answered something else");
    return answer.inForce;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #ask(request: Request): Promise<Answer> {
    const line = await withinTime(this.#clock, () => this.#exchange(request), {
      limitMs: ANSWER_MS,
    });
    const parsed = Answer.safeParse(parsedJson(line));
    if (!parsed.success) {
      throw new CannotRunError("it speaks another control protocol: use the scaletool of that run");
    }
    if ("error" in parsed.data) throw new CannotRunError(parsed.data.error.message);
    return parsed.data;
  }

  async #exchange(request: Request): Promise<string> {
    try {
      await writeLine(this.#connection, request);
      const { value, done } = await this.#lines.next();
      if (done !== true) return value;
    } catch {
      // Its end may come as a reset.
    }
    throw new CannotRunError("it ended before it answered");
  }
}

/** Says of a run whose directory or socket we may not touch whose it is. */
export function notOurs(directory: string): CannotRunError {
  return new CannotRunError(`it belongs to ${ownerOf(directory)}; nobody else may, but root`);
}

/** `alice (user 1001)`; the file says a number alone. */
function ownerOf(directory: string): string {
  for (const path of [socketPathIn(directory), directory, dirname(directory)]) {
    try {
      const { uid } = Deno.statSync(path);
      return uid === null ? "another user" : userText(uid);
    } catch {
      // It cannot be looked at; its folder may be.
    }
  }
  return "another user";
}

/** Source: passwd(5). */
function userText(uid: number): string {
  const [name] = textOf("/etc/passwd").split("\n").map((line) => line.split(":"))
    .find(([, , id]) => id === String(uid)) ?? [];
  return name === undefined ? `user ${uid}` : `${name} (user ${uid})`;
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
