/**
 * What an API server gives as the reason of a refusal, and the class of failure that it is counted as.
 * Source: apimachinery, pkg/apis/meta/v1/types.go (StatusReason).
 * @module
 */

/** The class of each reason that is counted by name; every other one is counted as its HTTP status. */
export const REASONS = {
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

/** All of them; every command that talks to an API server declares them. */
export const KUBERNETES_REASONS: readonly KubernetesReason[] = Object.values(REASONS);
