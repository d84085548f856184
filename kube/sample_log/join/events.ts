/**
 * Which notifications does a row of a logger stand for, and when did each come? A row holds all
 * that came for one object since its turn before: their kinds and number, and the time of the first
 * and of the last.
 * @module
 */

import { DIFF, type NotificationRow } from "../notification_row.ts";
import type { WriteOp } from "../operation_row.ts";

/** One notification; times in ms since 1970, by the logger's clock. */
export interface SeenEvent {
  readonly op: WriteOp;
  /** When it came; null within a collapsed row, where only the first and the last time are known. */
  readonly enqueueMs: number | null;
  /** When its object was taken from the queue. */
  readonly dequeueMs: number;
  /**
   * Whether the object was as at its turn before: told twice by a re-list, or told after its effect
   * had been seen in the cache already.
   */
  readonly isDuplicate: boolean;
}

/** No object is written so often between two turns; a larger number in a file is not counted out. */
const MOST_EVENTS_OF_A_KIND = 100_000;

/** Notifications in the row; more than one makes it a collapsed row. */
export function eventCount({ queuedAdds, queuedUpdates, queuedDeletes }: NotificationRow): number {
  return queuedAdds + queuedUpdates + queuedDeletes;
}

/** The row's notifications in the order in which they came. */
export function eventsOf(row: NotificationRow): SeenEvent[] {
  const { queuedAdds, queuedUpdates, queuedDeletes, firstEnqueueMs = null } = row;
  const lives = [...repeated("create", queuedAdds), ...repeated("update", queuedUpdates)];
  const ends = repeated("delete", queuedDeletes);
  // What is deleted and still there was made again after it.
  const ops = row.op === "delete" ? [...lives, ...ends] : [...ends, ...lives];
  // An object that came and went several times did so in an order that the counts do not tell.
  const isOrderKnown = ops.length === 1 || (queuedAdds <= 1 && queuedDeletes <= 1);
  return ops.map((op, index) => ({
    op,
    enqueueMs: !isOrderKnown
      ? null
      : index === 0
      ? firstEnqueueMs
      : index === ops.length - 1
      ? row.lastEnqueueMs ?? null
      : null,
    dequeueMs: row.dequeueMs,
    isDuplicate: row.op === "update" && row.diff === DIFF.duplicate,
  }));
}

function repeated(op: WriteOp, times: number): WriteOp[] {
  return new Array<WriteOp>(Math.min(times, MOST_EVENTS_OF_A_KIND)).fill(op);
}
