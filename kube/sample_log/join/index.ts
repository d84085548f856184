/**
 * What did a logger see of the object that a driver names? Finds objects by namespace and name, or
 * by name alone where a driver's file has no namespace.
 * @module
 */

import type { NotificationRow } from "../notification_row.ts";
import type { WriteOp } from "../operation_row.ts";
import { eventCount, eventsOf, type SeenEvent } from "./events.ts";

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
export type Found = SeenObject | "unseen" | "ambiguous";

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
