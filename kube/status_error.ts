/**
 * What went wrong, in the API server's own words: its Status as an error, and predicates for the
 * conditions that callers branch on.
 * Source: apimachinery, pkg/apis/meta/v1/types.go (StatusReason) and pkg/api/errors.
 * @module
 */

import { OperationFailedError } from "../core/errors.ts";
import { HTTP2_REASONS } from "../core/h2/failure_told.ts";
import type { FailureReason } from "../core/measure/sample.ts";
import { ownValue } from "../core/named_values.ts";

/** The class of failure of each reason that is counted by name; every other one is counted as its HTTP status. */
const REASONS = {
  AlreadyExists: "already-exists",
  BadRequest: "bad-request",
  Conflict: "conflict",
  Expired: "expired",
  Forbidden: "forbidden",
  Gone: "gone",
  InternalError: "internal-error",
  Invalid: "invalid",
  MethodNotAllowed: "method-not-allowed",
  NotAcceptable: "not-acceptable",
  NotFound: "not-found",
  RequestEntityTooLarge: "request-entity-too-large",
  ServerTimeout: "server-timeout",
  ServiceUnavailable: "service-unavailable",
  Timeout: "timeout",
  TooManyRequests: "too-many-requests",
  Unauthorized: "unauthorized",
  UnsupportedMediaType: "unsupported-media-type",
} as const;

/** What a Status says, as far as it is told apart: classes of failure beside the common ones. */
export type KubernetesReason = typeof REASONS[keyof typeof REASONS];

/** Those, and what HTTP/2 has; every command that talks to an API server declares them. */
export const KUBERNETES_REASONS: readonly string[] = [...Object.values(REASONS), ...HTTP2_REASONS];

/** Source: apimachinery, pkg/apis/meta/v1/types.go. */
export interface Status {
  readonly kind: "Status";
  readonly status?: "Success" | "Failure";
  readonly message?: string;
  /** E.g. `AlreadyExists`. */
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

/** For answers without a Status, e.g. of a proxy in between. */
const REASON_BY_CODE: Readonly<Record<number, KubernetesReason>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  410: "gone",
  429: "too-many-requests",
  503: "service-unavailable",
};

/** The class under which a Status is counted. */
export function reasonOf({ reason, code = 0 }: Pick<Status, "reason" | "code">): FailureReason {
  return ownValue<KubernetesReason>(REASONS, reason ?? "") ?? REASON_BY_CODE[code] ??
    `http-${code}`;
}

/** An answer other than success. */
export class StatusError extends OperationFailedError {
  override name = "StatusError";
  /** HTTP status; of an ERROR event in a watch its Status code. */
  readonly code: number;
  /** How long the server asks to wait before the next try, ms; undefined: it does not. */
  readonly retryAfterMs: number | undefined;

  constructor(status: Status, options: { code: number; retryAfterMs?: number | undefined }) {
    const { code } = options;
    super(reasonOf({ ...status, code }), status.message ?? `The server answered ${code}`);
    this.code = code;
    const { retryAfterSeconds } = status.details ?? {};
    this.retryAfterMs = options.retryAfterMs ??
      (retryAfterSeconds === undefined || retryAfterSeconds === 0
        ? undefined
        : retryAfterSeconds * 1_000);
  }
}

/** The server answers, but with something else than what was asked for. */
export class UnusableAnswerError extends OperationFailedError {
  override name = "UnusableAnswerError";

  /** @param why begins with `the answer to` */
  constructor(why: string) {
    super("protocol", `Cannot use ${why}`, { why });
  }
}

function hasReason(thrown: unknown, ...reasons: readonly FailureReason[]): boolean {
  return thrown instanceof StatusError && reasons.includes(thrown.reason);
}

export function isNotFound(thrown: unknown): boolean {
  return hasReason(thrown, "not-found");
}

export function isAlreadyExists(thrown: unknown): boolean {
  return hasReason(thrown, "already-exists");
}

export function isConflict(thrown: unknown): boolean {
  return hasReason(thrown, "conflict");
}

export function isForbidden(thrown: unknown): boolean {
  return hasReason(thrown, "forbidden");
}

export function isUnauthorized(thrown: unknown): boolean {
  return hasReason(thrown, "unauthorized");
}

export function isTooManyRequests(thrown: unknown): boolean {
  return hasReason(thrown, "too-many-requests");
}

/** The resourceVersion (of a watch or a list's continue token) is too old: list anew. */
export function isExpired(thrown: unknown): boolean {
  return hasReason(thrown, "expired", "gone");
}

/** Whether waiting and trying again is what the server asks for. */
export function asksForRetry(thrown: unknown): thrown is StatusError {
  return thrown instanceof StatusError &&
    (thrown.code === 429 || (thrown.code >= 500 && thrown.retryAfterMs !== undefined));
}
