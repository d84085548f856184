/** Who asks: a user of the gateway, with a credential of its own. Types only. @module */

import type { HeaderList } from "../chat/chat.ts";

/** How the gateway knows its users. */
export type AuthProfile = "sa-token" | "sa-token+subscription" | "api-key";

export interface User {
  /** Of its ServiceAccount or key. */
  readonly name: string;
  readonly tier: string;
  /** What its next request carries; another one once its credential was renewed. */
  headers(): HeaderList;
}
