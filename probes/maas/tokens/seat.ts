/**
 * The place of a worker, on which users take turns: to a client it is one user, so that all of them come
 * over one connection. Else whoever shows a token for the first time would pay for a connection too, and
 * as many would stay open as there are tokens.
 * @module
 */

import type { HeaderList } from "../chat/chat.ts";
import type { User } from "../users/user.ts";

/** See the module. One request at a time. */
export class Seat implements User {
  #taken: User | undefined;

  take(user: User): void {
    this.#taken = user;
  }

  get name(): string {
    return this.#user.name;
  }

  get tier(): string {
    return this.#user.tier;
  }

  headers(): HeaderList {
    return this.#user.headers();
  }

  get #user(): User {
    if (this.#taken === undefined) throw new Error("Nobody has taken the seat");
    return this.#taken;
  }
}
