/**
 * What happened to one operation: the fact that everything else is folded from.
 * Never computes statistics and never does I/O.
 * @module
 */

/** Bounded classes of failure; free text stays out of counters so that their number is bounded. */
export type FailureReason =
  | "connection-refused"
  | "connection-reset"
  | "connection-closed"
  | "dns"
  | "proxy"
  | "tls"
  | "goaway"
  | "stream-reset"
  | "timeout"
  | "stalled"
  | "truncated"
  | "corrupt"
  | "protocol"
  | "other"
  | KubernetesReason
  | `http-${number}`;

/** What a Kubernetes API server's Status says, as far as it is told apart (kube/status_error.ts). */
export type KubernetesReason =
  | "already-exists"
  | "bad-request"
  | "conflict"
  | "expired"
  | "forbidden"
  | "gone"
  | "internal-error"
  | "invalid"
  | "method-not-allowed"
  | "not-acceptable"
  | "not-found"
  | "request-entity-too-large"
  | "server-timeout"
  | "service-unavailable"
  | "timeout"
  | "too-many-requests"
  | "unauthorized"
  | "unsupported-media-type";

/** How one operation ended. `dropped` was due but never sent; `cancelled` was cut off by the end of the run. */
export type Outcome =
  | { readonly kind: "ok" }
  | { readonly kind: "failed"; readonly reason: FailureReason }
  | { readonly kind: "dropped" }
  | { readonly kind: "cancelled" };

/** Low-cardinality labels that split a series, e.g. `{connection: "0"}`. */
export type Tags = Readonly<Record<string, string>>;

/** One operation. All times are ms of the run's {@link Clock}, on one monotonic axis. */
export interface Sample {
  /** The kind of operation, e.g. `request`, `connect`, `create`. */
  readonly op: string;
  /** When the schedule wanted it sent. In a closed model: when its worker became free. */
  readonly dueMs: number;
  /** When it was really sent; >= dueMs. Equals dueMs for a dropped one. */
  readonly sentMs: number;
  /** When its result was complete; >= sentMs. */
  readonly doneMs: number;
  readonly outcome: Outcome;
  readonly tags?: Tags;
}

/** done - due: what a user of the system waits, waiting in the generator included (wrk2's corrected latency). */
export function responseTimeMs(sample: Sample): number {
  return sample.doneMs - sample.dueMs;
}

/** done - sent: what the system under test took. */
export function serviceTimeMs(sample: Sample): number {
  return sample.doneMs - sample.sentMs;
}

/** sent - due: how late the generator was. */
export function schedulingLagMs(sample: Sample): number {
  return sample.sentMs - sample.dueMs;
}
