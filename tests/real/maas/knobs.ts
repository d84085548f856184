/**
 * What can be set of the real chain? What a part can bear, how long it takes, and what the gateway does
 * with a part that is late. Everything has the value of a machine that is not in a hurry.
 * @module
 */

import type { ModelSettings } from "../../../sandbox/maas/settings.ts";

export interface MaasKnobs {
  readonly auth: AuthKnobs;
  readonly limits: LimitKnobs;
  /** Those that differ from the stand-in's. */
  readonly model: Partial<ModelSettings>;
  readonly gateway: GatewayKnobs;
}

export interface AuthKnobs {
  /** Requests a second of each of its two clients of the API server; negative: any number. */
  readonly qps: number;
  readonly burst: number;
  /** How long a review that succeeded is kept, ms; 0: not at all. */
  readonly tokenCacheMs: number;
  readonly accessCacheMs: number;
  /** Before each check, ms. */
  readonly delayMs: number;
  /** For whom tokens have to be. */
  readonly audiences: readonly string[];
}

export interface LimitKnobs {
  /** Until it answers, ms. */
  readonly delayMs: number;
  /** Whether it tells what is left of a limit. */
  readonly hasHeaders: boolean;
}

export interface GatewayKnobs {
  /** How long it waits for the auth service; undefined: as Envoy does by itself. */
  readonly authTimeoutMs: number | undefined;
  /** The same of the limiter. */
  readonly limitTimeoutMs: number | undefined;
  /** Whether a limiter that does not answer stops requests. */
  readonly isLimitRequired: boolean;
  /** Statuses and texts of Kuadrant's filter, or those of Envoy's own. */
  readonly answers: "kuadrant" | "envoy";
  /** From a request to the end of its answer; undefined: as Envoy does by itself. */
  readonly routeTimeoutMs: number | undefined;
}

export const DEFAULT_KNOBS: MaasKnobs = {
  auth: {
    qps: 500,
    burst: 1_000,
    tokenCacheMs: 600_000,
    accessCacheMs: 60_000,
    delayMs: 0,
    audiences: ["maas-default-gateway-sa"],
  },
  limits: { delayMs: 0, hasHeaders: false },
  model: { ttftMs: 20, gapMs: 2 },
  gateway: {
    authTimeoutMs: 5_000,
    limitTimeoutMs: 2_000,
    isLimitRequired: false,
    answers: "kuadrant",
    // A stream lasts as long as it lasts.
    routeTimeoutMs: 0,
  },
};

/** Some of them, each part by part. */
export type SomeKnobs = { readonly [Part in keyof MaasKnobs]?: Partial<MaasKnobs[Part]> };

export function withKnobs(knobs: MaasKnobs, some: SomeKnobs): MaasKnobs {
  return {
    auth: { ...knobs.auth, ...some.auth },
    limits: { ...knobs.limits, ...some.limits },
    model: { ...knobs.model, ...some.model },
    gateway: { ...knobs.gateway, ...some.gateway },
  };
}
