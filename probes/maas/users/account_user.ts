/** One user with a ServiceAccount of its own and what it shows for now. @module */

import type { HeaderList } from "../chat/chat.ts";
import type { ObjectRef } from "../../../kube/object.ts";
import type { Account, Credential } from "./credential.ts";
import type { User } from "./user.ts";

/** See the module. Its secret is in private fields, which nothing prints. */
export class AccountUser implements User, Account {
  readonly ref: ObjectRef;
  readonly tier: string;
  #credential: Credential;

  constructor({ ref, tier }: Account, credential: Credential) {
    this.ref = ref;
    this.tier = tier;
    this.#credential = credential;
  }

  get name(): string {
    return this.ref.name;
  }

  /** Clock time from which its credential may be refused. */
  get expiresMs(): number {
    return this.#credential.expiresMs;
  }

  headers(): HeaderList {
    return this.#credential.headers;
  }

  /** From its next request on. */
  show(credential: Credential): void {
    this.#credential = credential;
  }
}
