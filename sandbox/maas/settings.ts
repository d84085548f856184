/**
 * What can be set of the stand-in for a Models-as-a-Service installation: what its parts can bear, how
 * long they take, and how they misbehave.
 * Sources: Kuadrant/authorino 0.27 and Kuadrant/wasm-shim for the defaults of the auth service and of
 * its client; opendatahub-io/models-as-a-service for its caches; vLLM for the model server's slots.
 * @module
 */

/** The service that is asked who a request is from, and what that one may do. */
export interface AuthSettings {
  /** For whom tokens have to be; one is enough. */
  readonly audiences: readonly string[];
  /** Of WWW-Authenticate. */
  readonly realm: string;
  /** How long the gateway waits for its answer, ms. */
  readonly timeoutMs: number;
  /** Each has its own clients and its own caches; they are asked in turn. */
  readonly replicas: number;
  /** Of each client of the API server, of which there is one for each kind of review. */
  readonly clientQps: number;
  readonly clientBurst: number;
  /** How long a review that succeeded is kept, ms; 0: not at all. */
  readonly identityTtlMs: number;
  readonly accessTtlMs: number;
  /** An entry may have a 1,024th of it, less 24 bytes: a token and its review do not fit into 1 MiB. */
  readonly cacheBytes: number;
  /** What it takes by itself before it asks anybody, the way there and back included, ms. */
  readonly delayMs: number;
  /** Of those that it would refuse, the share that it lets pass, as if it knew nobody. */
  readonly failOpenShare: number;
}

export interface LimiterSettings {
  /** Until it answers, ms. */
  readonly delayMs: number;
  /** Later than this is as if it had allowed the request, ms. */
  readonly timeoutMs: number;
  readonly isDown: boolean;
  /** What an answer without usage costs, tokens: 0 or 1, by version. */
  readonly tokensWithoutUsage: number;
}

/** Who makes limits of policies. */
export interface PolicySettings {
  /** From a change to its effect, and to what is said of it, ms. */
  readonly lagMs: number;
  /** Changes are said to be in force and are not. */
  readonly ignoresChanges: boolean;
  /** Somebody else writes a changed policy back so long after, ms; Infinity: nobody. */
  readonly revertAfterMs: number;
}

export interface ModelSettings {
  /** Requests that are worked on at once. */
  readonly slots: number;
  /** Requests that may wait for a slot. */
  readonly queue: number;
  /** From a slot to the first token, ms. */
  readonly ttftMs: number;
  /** From one token to the next, ms. */
  readonly gapMs: number;
  /** Tokens of prompt and answer together, at most. */
  readonly maxLength: number;
  /** Of the streams, the share that stops in the middle. */
  readonly cutShare: number;
}

export interface MaasSettings {
  readonly auth: AuthSettings;
  readonly limiter: LimiterSettings;
  readonly policies: PolicySettings;
  readonly model: ModelSettings;
}

export const GATEWAY_AUDIENCE = "maas-default-gateway-sa";
const MIB = 2 ** 20;

/** As it is installed: 20 reviews a second of each kind, and an identity cache that keeps no token. */
export const AS_INSTALLED: MaasSettings = {
  auth: {
    audiences: [GATEWAY_AUDIENCE, "https://kubernetes.default.svc"],
    realm: "service-accounts",
    timeoutMs: 200,
    replicas: 1,
    clientQps: 20,
    clientBurst: 30,
    identityTtlMs: 600_000,
    accessTtlMs: 60_000,
    cacheBytes: MIB,
    delayMs: 10,
    failOpenShare: 0,
  },
  limiter: { delayMs: 0, timeoutMs: 100, isDown: false, tokensWithoutUsage: 0 },
  policies: { lagMs: 100, ignoresChanges: false, revertAfterMs: Infinity },
  model: {
    slots: 256,
    queue: 1_000,
    ttftMs: 50,
    gapMs: 4,
    maxLength: 1_024,
    cutShare: 0,
  },
};

/** As one has it who has been through all that: the sandbox, unless it is told to misbehave. */
export const TUNED: MaasSettings = {
  ...AS_INSTALLED,
  auth: {
    ...AS_INSTALLED.auth,
    // A busy machine is not to be taken for a slow auth service.
    timeoutMs: 2_000,
    clientQps: 500,
    clientBurst: 1_000,
    cacheBytes: 16 * MIB,
  },
};
