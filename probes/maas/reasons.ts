/** Classes of failure of every maas probe, beside those of an API server. @module */

import { CHAT_REASONS } from "./chat/chat.ts";

/** Of a request that must be refused, and was answered. */
export const LET_IN = "let-in";

export const MAAS_REASONS: readonly string[] = [...CHAT_REASONS, LET_IN];
