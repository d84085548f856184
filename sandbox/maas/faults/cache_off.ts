/**
 * An auth service that keeps no review, as where tokens are too large for its cache: each request costs
 * two, of which there may be as many as Authorino allows itself.
 * @module
 */

import { AS_INSTALLED } from "../settings.ts";
import { maasFault } from "./maas_fault.ts";

const { timeoutMs, clientQps, clientBurst } = AS_INSTALLED.auth;

export const cacheOff = maasFault({
  name: "cache-off",
  does: "the auth service keeps no review, of 20 a second",
  change: (settings) => ({
    ...settings,
    auth: {
      ...settings.auth,
      timeoutMs,
      clientQps,
      clientBurst,
      identityTtlMs: 0,
      accessTtlMs: 0,
    },
  }),
});
