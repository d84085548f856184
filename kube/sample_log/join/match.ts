/**
 * Which notification tells of which write? Answered for the writes and notifications of one kind
 * and one object. Where the numbers agree they are paired in order; where they do not, only the
 * numbers are told, because a pairing would be a guess.
 * @module
 */

import type { OperationRow } from "../operation_row.ts";
import type { SeenEvent } from "./seen_objects.ts";

export interface Match {
  /** Successful writes that a notification told of. */
  readonly notified: number;
  /** Successful writes that none told of. */
  readonly missing: number;
  /** Failed writes that took effect all the same. */
  readonly failedButSeen: number;
  /** Notifications that no write accounts for. */
  readonly unexpected: number;
  /** Successful writes with the notification of each; fewer than `notified` where that is not known. */
  readonly pairs: readonly (readonly [OperationRow, SeenEvent])[];
}

/**
 * @param writes of one kind and object, in any order
 * @param events of the same, as they came
 */
export function matchWrites(
  writes: readonly OperationRow[],
  events: readonly SeenEvent[],
): Match {
  const all = writes.toSorted((one, other) => one.beforeMs - other.beforeMs);
  const ok = all.filter(({ error }) => error === "");
  const fresh = events.filter(({ isDuplicate }) => !isDuplicate);
  // A duplicate may tell of a write or of nothing: that reading counts in which the numbers agree.
  for (const candidates of [ok, all]) {
    for (const seen of [events, fresh]) {
      if (seen.length === candidates.length) return matchInOrder(candidates, seen);
    }
  }
  const seen = Math.max(fresh.length, Math.min(events.length, ok.length));
  const notified = Math.min(seen, ok.length);
  const failedButSeen = Math.min(seen - notified, all.length - ok.length);
  return {
    notified,
    missing: ok.length - notified,
    failedButSeen,
    unexpected: seen - notified - failedButSeen,
    pairs: [],
  };
}

function matchInOrder(writes: readonly OperationRow[], events: readonly SeenEvent[]): Match {
  const pairs = writes.flatMap((write, index): (readonly [OperationRow, SeenEvent])[] => {
    const event = events[index];
    return event === undefined || write.error !== "" ? [] : [[write, event]];
  });
  return {
    notified: pairs.length,
    missing: 0,
    failedButSeen: writes.length - pairs.length,
    unexpected: 0,
    pairs,
  };
}
