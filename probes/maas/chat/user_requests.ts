/** The bytes that a user's requests are, made anew only when the credential is another one. @module */

import { requestBytes } from "../../../core/net/http1_head.ts";
import { NAME, VERSION } from "../../../core/version.ts";
import type { User } from "../users/user.ts";
import { questionText } from "./body.ts";
import type { ChatEndpoint, HeaderList, Question } from "./chat.ts";

const COMMON_HEADERS: HeaderList = [
  ["User-Agent", `${NAME}/${VERSION}`],
  ["Content-Type", "application/json"],
];

interface Made {
  readonly headers: HeaderList;
  readonly bytes: Uint8Array;
}

/** Of one question to one endpoint. */
export class UserRequests {
  readonly #host: string;
  readonly #path: string;
  readonly #body: Uint8Array;
  readonly #made = new WeakMap<User, Made>();

  constructor({ origin, path, model }: ChatEndpoint, question: Question) {
    this.#host = origin.host;
    this.#path = path;
    this.#body = new TextEncoder().encode(questionText(question, model));
  }

  /**
   * What goes over the wire, head and body.
   * @param headers the user's, now
   * @throws {RangeError} if it would be no request
   */
  of(user: User, headers: HeaderList): Uint8Array {
    const made = this.#made.get(user);
    if (made !== undefined && isSame(made.headers, headers)) return made.bytes;
    const bytes = requestBytes("POST", {
      host: this.#host,
      path: this.#path,
      headers: [...COMMON_HEADERS, ...headers],
      body: this.#body,
    });
    this.#made.set(user, { headers, bytes });
    return bytes;
  }
}

function isSame(one: HeaderList, other: HeaderList): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every(([name, value], index) => {
    const [otherName, otherValue] = other[index]!;
    return name === otherName && value === otherValue;
  });
}
