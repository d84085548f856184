/**
 * What did a logger see of the object that a driver names? A row holds all that came for one object
 * since its turn before: their kinds and number, and the time of the first and of the last. Finds
 * objects by namespace and name, or by name alone where a driver's file has no namespace.
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

/** One object as a logger saw it. */
export interface SeenObject {
  readonly namespace: string;
  readonly name: string;
  readonly events: readonly SeenEvent[];
  readonly rows: number;
  /** By the row's own operation: rows that stand for more than one notification. */
  readonly collapsedRows: Readonly<Record<WriteOp, number>>;
}

/** Found; not there; or there in several namespaces, with none named to choose. */
type Found = SeenObject | "unseen" | "ambiguous";

interface Growing extends SeenObject {
  readonly events: SeenEvent[];
  rows: number;
  readonly collapsedRows: Record<WriteOp, number>;
}

/** All objects of a logger's file. */
export class SeenObjects {
  readonly #byName = new Map<string, Map<string, Growing>>();
  #lastDequeueMs = -Infinity;

  /** When the logger took anything last from its queue; -Infinity when it never did. */
  get lastDequeueMs(): number {
    return this.#lastDequeueMs;
  }

  add(row: NotificationRow): void {
    const seen = this.#objectOf(row);
    seen.rows++;
    for (const event of eventsOf(row)) seen.events.push(event);
    if (eventCount(row) > 1) seen.collapsedRows[row.op]++;
    this.#lastDequeueMs = Math.max(this.#lastDequeueMs, row.dequeueMs);
  }

  find({ namespace, name }: { namespace?: string | undefined; name: string }): Found {
    const named = this.#byName.get(name);
    if (named === undefined) return "unseen";
    if (namespace !== undefined) return named.get(namespace) ?? "unseen";
    const [only, ...others] = named.values();
    return others.length > 0 ? "ambiguous" : only ?? "unseen";
  }

  *all(): Generator<SeenObject> {
    for (const named of this.#byName.values()) yield* named.values();
  }

  #objectOf({ namespace, name }: NotificationRow): Growing {
    let named = this.#byName.get(name);
    if (named === undefined) this.#byName.set(name, named = new Map());
    let seen = named.get(namespace);
    if (seen === undefined) {
      const collapsedRows = { create: 0, update: 0, delete: 0 };
      named.set(namespace, seen = { namespace, name, events: [], rows: 0, collapsedRows });
    }
    return seen;
  }
}
