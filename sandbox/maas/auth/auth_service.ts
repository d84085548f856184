/**
 * Who asks, and may that one? Modelled on Authorino: reviews at the API server behind a client-side
 * limiter of their own, a cache for each kind of review, and refusals in its words. Which of two
 * refusals a caller gets under pressure is decided by what has run out, not by who the caller is.
 * Source: Kuadrant/authorino 0.27, pkg/service/auth.go, pkg/evaluators; client-go 0.28.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { Cluster } from "../../../kube/cluster.ts";
import type { User } from "../../../kube/server/access.ts";
import { type Access, reviewAccess } from "../../../kube/service_account/access_review.ts";
import { reviewToken } from "../../../kube/service_account/token_review.ts";
import { Counters } from "../metrics/counters.ts";
import type { AuthSettings } from "../settings.ts";
import { ReviewCache } from "./review_cache.ts";
import { TokenBucket, WOULD_EXCEED_DEADLINE } from "./token_bucket.ts";

/** An API server, real or not. */
export type ReviewPort = Pick<Cluster, "request">;

/** Why a request was refused, whatever its sender is told. */
export type RefusalCause =
  | "no-credential"
  | "not-authenticated"
  | "not-authorized"
  | "auth-client-limiter"
  | "api-server";

export type AuthVerdict =
  | { readonly kind: "allowed"; readonly user: User }
  /** Whoever asked has given up. */
  | { readonly kind: "late" }
  | {
    readonly kind: "refused";
    readonly status: 401 | 403;
    /** Of the header. */
    readonly reason: string;
    readonly cause: RefusalCause;
  };

export interface AuthQuestion {
  /** The header; undefined: none. */
  readonly authorization: string | undefined;
  /** Undefined: being somebody is enough. */
  readonly access: Access | undefined;
  /** Who may be behind a credential that is no token; undefined: nobody. */
  readonly userOfKey?: ((key: string) => User | undefined) | undefined;
}

interface Limits {
  readonly settings: AuthSettings;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const REVIEWS = { token: "tokenreviews", access: "subjectaccessreviews" } as const;
type ReviewKind = keyof typeof REVIEWS;
/** Of what a cache of decisions keeps. */
const DECISION_BYTES = 64;

/** What one process of it has for itself. */
class Replica {
  readonly buckets = { token: new TokenBucket(), access: new TokenBucket() };
  readonly identities = new ReviewCache<User>();
  readonly decisions = new ReviewCache<true>();
}

export class AuthService {
  readonly counters = new Counters();
  readonly #kube: ReviewPort;
  readonly #clock: Clock;
  readonly #replicas: Replica[] = [];
  #asked = 0;

  constructor({ kube, clock }: { readonly kube: ReviewPort; readonly clock: Clock }) {
    this.#kube = kube;
    this.#clock = clock;
  }

  /** By the deadline, whatever hangs. */
  async check(question: AuthQuestion, settings: AuthSettings): Promise<AuthVerdict> {
    const deadlineMs = this.#clock.now() + settings.timeoutMs;
    const giveUp = new AbortController();
    const cancel = this.#clock.callAt(deadlineMs, () => giveUp.abort());
    try {
      const { signal } = giveUp;
      if (settings.delayMs > 0) {
        await this.#clock.sleepUntil(this.#clock.now() + settings.delayMs, signal);
        if (signal.aborted) return this.#count({ kind: "late" });
      }
      const verdict = await this.#decide(question, { settings, deadlineMs, signal });
      const inTime: AuthVerdict = signal.aborted ? { kind: "late" } : verdict;
      return this.#count(inTime);
    } finally {
      cancel();
    }
  }

  async #decide(
    { authorization, access, userOfKey }: AuthQuestion,
    limits: Limits,
  ): Promise<AuthVerdict> {
    const [, token] = /^Bearer +(\S.*)$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) {
      return {
        kind: "refused",
        status: 401,
        reason: "credential not found",
        cause: "no-credential",
      };
    }
    const replica = this.#replica(limits.settings);
    const identity = userOfKey?.(token) ?? await this.#identity(replica, token, limits);
    if ("kind" in identity) return identity;
    const refusal = access === undefined
      ? undefined
      : await this.#access(replica, { user: identity, access }, limits);
    return refusal ?? { kind: "allowed", user: identity };
  }

  #replica({ replicas }: AuthSettings): Replica {
    return this.#replicas[this.#asked++ % replicas] ??= new Replica();
  }

  async #identity(
    replica: Replica,
    token: string,
    limits: Limits,
  ): Promise<User | AuthVerdict> {
    const { settings, signal } = limits;
    const { audiences, identityTtlMs, cacheBytes } = settings;
    const key = `Bearer ${token}`;
    const known = identityTtlMs > 0 ? replica.identities.get(key, this.#clock.now()) : undefined;
    if (known !== undefined) return this.#cached("token", known);
    try {
      await this.#turn(replica, "token", limits);
      const reviewed = await reviewToken(this.#kube, token, { audiences, signal });
      if (!reviewed.isAuthenticated) {
        return refused(401, "not authenticated", "not-authenticated");
      }
      const { user } = reviewed;
      const untilMs = this.#clock.now() + identityTtlMs;
      // About as many as what the server says of it.
      const bytes = JSON.stringify(reviewed).length;
      replica.identities.put(key, user, { bytes, untilMs, cacheBytes });
      return user;
    } catch (error) {
      return failed(401, error);
    }
  }

  async #access(
    replica: Replica,
    { user, access }: { readonly user: User; readonly access: Access },
    limits: Limits,
  ): Promise<AuthVerdict | undefined> {
    const { settings: { accessTtlMs, cacheBytes }, signal } = limits;
    const key = `${user.username}:${access.namespace}/${access.name}`;
    const known = accessTtlMs > 0 ? replica.decisions.get(key, this.#clock.now()) : undefined;
    if (known !== undefined) return this.#cached("access", undefined);
    try {
      await this.#turn(replica, "access", limits);
      const { isAllowed, reason } = await reviewAccess(this.#kube, user, { access, signal });
      if (!isAllowed) {
        return refused(403, `not authorized: ${reason || "unknown reason"}`, "not-authorized");
      }
      const untilMs = this.#clock.now() + accessTtlMs;
      replica.decisions.put(key, true, { bytes: DECISION_BYTES, untilMs, cacheBytes });
      return undefined;
    } catch (error) {
      return failed(403, error);
    }
  }

  /** @throws {DryLimiterError} if the client's limiter would not let the call go in time */
  async #turn(replica: Replica, kind: ReviewKind, { settings, deadlineMs, signal }: Limits) {
    const { clientQps: qps, clientBurst: burst } = settings;
    const waitMs = replica.buckets[kind].take(this.#clock.now(), { qps, burst, deadlineMs });
    if (waitMs === undefined) {
      this.counters.add("sandbox_client_limiter_refusals_total", { resource: REVIEWS[kind] });
      throw new DryLimiterError(WOULD_EXCEED_DEADLINE);
    }
    if (waitMs > 0) await this.#clock.sleepUntil(this.#clock.now() + waitMs, signal);
    this.counters.add("rest_client_requests_total", { resource: REVIEWS[kind] });
  }

  #cached<T>(kind: ReviewKind, value: T): T {
    this.counters.add("auth_server_evaluator_cache_hits", { resource: REVIEWS[kind] });
    return value;
  }

  #count(verdict: AuthVerdict): AuthVerdict {
    const status = verdict.kind === "allowed"
      ? "OK"
      : verdict.kind === "late"
      ? "DEADLINE_EXCEEDED"
      : verdict.status === 401
      ? "UNAUTHENTICATED"
      : "PERMISSION_DENIED";
    this.counters.add("auth_server_authconfig_total");
    this.counters.add("auth_server_authconfig_response_status", { status });
    return verdict;
  }
}

class DryLimiterError extends Error {
  override name = "DryLimiterError";
}

function refused(status: 401 | 403, reason: string, cause: RefusalCause): AuthVerdict {
  return { kind: "refused", status, reason, cause };
}

/** A review that could not be had is refused like one that says no: only the reason tells. */
function failed(status: 401 | 403, error: unknown): AuthVerdict {
  if (error instanceof DryLimiterError) {
    return refused(status, error.message, "auth-client-limiter");
  }
  // Of a header there is one line.
  return refused(status, messageOf(error).replace(/\s+/g, " "), "api-server");
}
