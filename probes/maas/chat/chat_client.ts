/**
 * How is a model asked? One question, by many users, over connections that each of them keeps; every
 * request is sent once, whatever comes of it. Never decides when to ask, and records nothing.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import { AbortGroups } from "../../../core/load/abort_groups.ts";
import type { Clock } from "../../../core/load/clock.ts";
import { failureReason, failureText } from "../../../core/net/fetch_failure.ts";
import type { Http1Connection } from "../../../core/net/http1_connection.ts";
import type { User } from "../users/user.ts";
import type { ChatAnswer, ChatEndpoint, Question } from "./chat.ts";
import { Asking } from "./asking.ts";
import { type EndpointPlace, openEndpoint } from "./open_endpoint.ts";
import { UserRequests } from "./user_requests.ts";
import { withoutCredentials } from "./without_credentials.ts";

export interface ChatClientOptions {
  readonly clock: Clock;
}

interface AskOptions {
  /** Gives it up. */
  readonly signal: AbortSignal;
}

export interface ChatClient extends Disposable {
  /** Connections made so far. */
  readonly opened: number;
  /**
   * A user that asks while an answer is under way gets another connection. One that the server closed
   * is replaced if that was seen before the request was written, and else is a failure.
   * @throws {OperationFailedError} with a reason of CHAT_REASONS or a common one; a user's credential
   *   is never in its text
   * @throws the signal's reason, once it has aborted
   */
  ask(user: User, options: AskOptions): Promise<ChatAnswer>;
}

/** A client that has connected to nothing yet; disposing of it closes what it keeps. */
export function openChatClient(
  endpoint: ChatEndpoint,
  question: Question,
  { clock }: ChatClientOptions,
): ChatClient {
  return new KeptConnections(endpoint, question, clock);
}

class KeptConnections implements ChatClient {
  readonly #clock: Clock;
  readonly #question: Question;
  readonly #requests: UserRequests;
  readonly #place: EndpointPlace;
  readonly #aborts = new AbortGroups();
  /** By their users; what was used last comes first. */
  readonly #idle = new Map<User, Http1Connection[]>();
  #isClosed = false;
  opened = 0;

  constructor(endpoint: ChatEndpoint, question: Question, clock: Clock) {
    this.#clock = clock;
    this.#question = question;
    this.#requests = new UserRequests(endpoint, question);
    this.#place = endpoint;
  }

  async ask(user: User, { signal }: AskOptions): Promise<ChatAnswer> {
    signal.throwIfAborted();
    const headers = user.headers();
    using asking = new Asking(this.#clock, this.#question);
    const onAbort = () => asking.giveUp(signal.reason);
    this.#aborts.add(signal, onAbort);
    try {
      const connection = this.#kept(user) ?? await this.#open(asking);
      try {
        return await asking.over(connection, this.#requests.of(user, headers));
      } finally {
        this.#keep(user, connection);
      }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (thrown instanceof RangeError) throw thrown;
      throw withoutCredentials(failed(asking.reasonGivenUp ?? thrown), headers);
    } finally {
      this.#aborts.remove(signal, onAbort);
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const connections of this.#idle.values()) {
      for (const connection of connections) connection[Symbol.dispose]();
    }
    this.#idle.clear();
  }

  #kept(user: User): Http1Connection | undefined {
    const idle = this.#idle.get(user);
    for (let one = idle?.pop(); one !== undefined; one = idle?.pop()) if (one.isOpen) return one;
    return undefined;
  }

  #keep(user: User, connection: Http1Connection): void {
    if (this.#isClosed) return connection[Symbol.dispose]();
    if (!connection.isOpen) return;
    const idle = this.#idle.get(user);
    if (idle === undefined) this.#idle.set(user, [connection]);
    else idle.push(connection);
  }

  async #open(asking: Asking): Promise<Http1Connection> {
    const attempt = new AbortController();
    using _underWay = asking.endsWith(() => attempt.abort());
    const connection = await openEndpoint(this.#place, attempt.signal);
    this.opened++;
    return connection;
  }
}

function failed(thrown: unknown): OperationFailedError {
  if (thrown instanceof OperationFailedError) return thrown;
  const text = failureText(thrown);
  return new OperationFailedError(failureReason(thrown), text, { cause: thrown });
}
