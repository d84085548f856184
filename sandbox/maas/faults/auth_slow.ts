/** An auth service that takes longer than the gateway waits. @module */

import { duration } from "../../../core/command/flags.ts";
import { AS_INSTALLED } from "../settings.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const authSlow = valuedMaasFault({
  name: "auth-slow",
  does: "the auth service takes so long; the gateway waits for 200ms",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 500 },
  change: (delayMs, settings) => ({
    ...settings,
    auth: { ...settings.auth, delayMs, timeoutMs: AS_INSTALLED.auth.timeoutMs },
  }),
});
