/**
 * An auth service whose own limiter of calls to the API server is soon dry: 5 reviews a second of each
 * kind, 10 at once, and nothing is kept.
 * Source: client-go's defaults, which Authorino had before v0.24.0 (Kuadrant/authorino, 568).
 * @module
 */

import { integer } from "../../../core/command/flags.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const limiterDry = valuedMaasFault({
  name: "limiter-dry",
  does: "the auth service may ask so often a second; no caches",
  value: { is: "PER-SEC", kind: integer({ min: 1 }), default: 5 },
  change: (clientQps, settings) => ({
    ...settings,
    auth: {
      ...settings.auth,
      timeoutMs: 200,
      clientQps,
      clientBurst: 2 * clientQps,
      identityTtlMs: 0,
      accessTtlMs: 0,
    },
  }),
});
