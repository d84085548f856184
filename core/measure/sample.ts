/**
 * What happened to one operation: the fact that everything else is folded from.
 * Never computes statistics and never does I/O.
 * @module
 */

/** The classes of failure that any load can have; a command may have others beside them. */
export const COMMON_REASONS = [
  "connection-refused",
  "proxy",
  "connection-reset",
  "connection-closed",
  "dns",
  "tls",
  "goaway",
  "stream-reset",
  "timeout",
  "stalled",
  "truncated",
  "corrupt",
  "protocol",
  "other",
] as const;

export type CommonReason = typeof COMMON_REASONS[number] | `http-${number}`;

/**
 * A class of failure: a common one, an HTTP status, or one that a command has of its own. Bounded:
 * free text stays out of counters so that their number is bounded.
 */
export type FailureReason =
  | CommonReason
  // Any text, which does not keep an editor from offering the ones above.
  | (string & Record<never, never>);

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
