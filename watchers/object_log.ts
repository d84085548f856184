/**
 * What has become of each object since its last turn, and how late is that known? Pairs the
 * notifications of an informer with the turns of a work queue. Every time is handed in; it reads no
 * clock, keeps no queue and writes nothing.
 *
 * The rules, those of the original loggers unless marked as ours:
 * - All notifications of a key between two turns collapse into the one row of the later turn, whose
 *   counters say how many of each kind there were.
 * - A row's operation is the difference of the cache at the two turns: `create` if the object is
 *   there now and was not, `update` if it was, `delete` if it is gone. So an object created and
 *   deleted between two turns is a `delete` row with 1 add and 1 delete.
 * - Deleted and created again between two turns is an `update` row with 1 delete and 1 add; its
 *   latency is that of the creation, because the uid is new (ours).
 * - A turn that finds what the last one found is a duplicate; so is one that finds nothing twice.
 * - Each timestamp annotation is measured once, at the first turn that sees it (ours): a change by
 *   somebody else, which leaves the annotation as it was, is no late update. What the first list
 *   holds counts as measured (ours), because nobody knows since when it could have been seen.
 * - A turn at which an object is gone forgets it and takes its counts along in one step (ours): what
 *   is notified afterwards begins anew, and no count is lost.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { DIFF, type Diff, type NotificationRow } from "../kube/sample_log/notification_row.ts";
import {
  CREATE_TIMESTAMP,
  parseAnnotationTime,
  UPDATE_TIMESTAMP,
} from "../kube/sample_log/times.ts";
import { type KubeObject, objectKey } from "../kube/object.ts";

/** One instant on both clocks. */
export interface Moment {
  /** ms since 1970, for rows and for comparing with the times of others. */
  readonly wallMs: number;
  /** ms of the monotonic clock, for own durations. */
  readonly nowMs: number;
}

export interface Notification {
  readonly kind: "add" | "update" | "delete";
  readonly object: KubeObject;
  /** Whether the add only says that the object was there before. */
  readonly isInInitialList?: boolean;
}

/** How late a write of a client was known. Negative if the client's clock is ahead of ours. */
interface Latency {
  readonly op: "create" | "update";
  /** From the client's annotation to the turn. */
  readonly latencyMs: number;
  /** From the client's annotation to the first notification that showed it. */
  readonly notificationDelayMs: number;
}

/** One turn of a key. */
export interface Turn {
  readonly row: NotificationRow;
  readonly at: Moment;
  /** Notifications since the last turn. */
  readonly notifications: number;
  /** The only notification is that the object was in the first list. */
  readonly isInitial: boolean;
  readonly isDuplicate: boolean;
  /** From the first notification to the turn; undefined if there was none. */
  readonly queueDelayMs: number | undefined;
  readonly latency: Latency | undefined;
  /** An annotation that should have given a latency is no timestamp. */
  readonly hasUnreadableTimestamp: boolean;
}

/** Something that is measured once. */
interface Sighting {
  /** The uid of a creation, the annotation's text of an update. */
  readonly id: string | undefined;
  readonly notifiedAt: Moment;
  isMeasured: boolean;
}

interface Pending {
  adds: number;
  updates: number;
  deletes: number;
  first: Moment | undefined;
  last: Moment | undefined;
}

/** What is known of one key. */
interface ObjectRecord {
  pending: Pending;
  /** Whether a turn has found it. */
  wasThere: boolean;
  /** As of the last turn; kept only for comparing. */
  last: KubeObject | undefined;
  creation: Sighting | undefined;
  update: Sighting | undefined;
  /** In the first list, and no turn since. */
  isInitial: boolean;
}

/** See the module. Keys are those of `objectKey`. */
export class ObjectLog {
  readonly #compare: boolean;
  readonly #records = new Map<string, ObjectRecord>();
  #initialCount = 0;

  /** @param options `compare`: whether duplicates are told from changes */
  constructor({ compare }: { compare: boolean }) {
    this.#compare = compare;
  }

  /** How many objects of the first list have not had a turn yet. */
  get initialCount(): number {
    return this.#initialCount;
  }

  /** Notes a notification. @returns the key that has to have a turn */
  notified({ kind, object, isInInitialList = false }: Notification, at: Moment): string {
    const key = objectKey(object);
    let record = this.#records.get(key);
    if (record === undefined) this.#records.set(key, record = newRecord());
    const { pending } = record;
    pending.first ??= at;
    pending.last = at;
    if (kind === "delete") {
      pending.deletes++;
      return key;
    }
    if (kind === "add") pending.adds++;
    else pending.updates++;
    sight(record, object, { at, isMeasured: isInInitialList });
    if (isInInitialList && !record.isInitial) {
      record.isInitial = true;
      this.#initialCount++;
    }
    return key;
  }

  /** @param turn `object`: as the cache has it now; undefined: it is gone */
  turn(key: string, { object, at }: { object: KubeObject | undefined; at: Moment }): Turn {
    const record = this.#records.get(key) ?? newRecord();
    const { pending } = record;
    const notifications = pending.adds + pending.updates + pending.deletes;
    const isInitial = record.isInitial && notifications === 1;
    if (record.isInitial) this.#initialCount--;
    record.isInitial = false;
    const diff = this.#compare ? compared(record.last, object) : DIFF.notCompared;
    const row = rowOf(key, { record, object, at, diff });
    const measured = object === undefined ? undefined : measure(record, { object, at });
    this.#settle(key, { record, object });
    return {
      row,
      at,
      notifications,
      isInitial,
      isDuplicate: diff === DIFF.duplicate,
      queueDelayMs: pending.first === undefined ? undefined : at.nowMs - pending.first.nowMs,
      latency: measured === "unreadable" ? undefined : measured,
      hasUnreadableTimestamp: measured === "unreadable",
    };
  }

  #settle(
    key: string,
    { record, object }: { record: ObjectRecord; object: KubeObject | undefined },
  ): void {
    if (object === undefined) {
      this.#records.delete(key);
      return;
    }
    record.pending = nothingPending();
    record.wasThere = true;
    if (this.#compare) record.last = object;
  }
}

function nothingPending(): Pending {
  return { adds: 0, updates: 0, deletes: 0, first: undefined, last: undefined };
}

function newRecord(): ObjectRecord {
  return {
    pending: nothingPending(),
    wasThere: false,
    last: undefined,
    creation: undefined,
    update: undefined,
    isInitial: false,
  };
}

/** Notes when this uid, and this update's annotation, was notified first. */
function sight(
  record: ObjectRecord,
  object: KubeObject,
  { at, isMeasured }: { at: Moment; isMeasured: boolean },
): void {
  const { uid, annotations } = object.metadata;
  const updated = annotations?.[UPDATE_TIMESTAMP];
  if (record.creation === undefined || record.creation.id !== uid) {
    record.creation = { id: uid, notifiedAt: at, isMeasured };
    record.update = { id: updated, notifiedAt: at, isMeasured };
  } else if (record.update?.id !== updated) {
    record.update = { id: updated, notifiedAt: at, isMeasured };
  }
}

/** The latency that this turn shows, if any; a creation covers the updates that collapsed into it. */
function measure(
  { creation, update }: ObjectRecord,
  { object, at }: { object: KubeObject; at: Moment },
): Latency | "unreadable" | undefined {
  const op = creation?.isMeasured === false ? "create" : "update";
  const sighting = op === "create" ? creation : update;
  if (sighting === undefined || sighting.isMeasured) return undefined;
  for (const seen of [creation, update]) if (seen !== undefined) seen.isMeasured = true;
  const text = object.metadata.annotations?.[op === "create" ? CREATE_TIMESTAMP : UPDATE_TIMESTAMP];
  if (text === undefined) return undefined;
  try {
    const sentMs = parseAnnotationTime(text);
    return {
      op,
      latencyMs: at.wallMs - sentMs,
      notificationDelayMs: sighting.notifiedAt.wallMs - sentMs,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    throw error;
  }
}

function compared(before: KubeObject | undefined, after: KubeObject | undefined): Diff {
  return isSameState(before, after) ? DIFF.duplicate : DIFF.different;
}

/** The key is the same, so name and namespace are. */
function isSameState(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const [one, other] = [before.metadata, after.metadata];
  return one.uid === other.uid && one.resourceVersion === other.resourceVersion &&
    isDeepStrictEqual(before.data, after.data) &&
    isDeepStrictEqual(one.labels, other.labels) &&
    isDeepStrictEqual(one.annotations, other.annotations);
}

function rowOf(
  key: string,
  { record, object, at, diff }: {
    record: ObjectRecord;
    object: KubeObject | undefined;
    at: Moment;
    diff: Diff;
  },
): NotificationRow {
  const { adds, updates, deletes, first, last } = record.pending;
  const slash = key.indexOf("/");
  const createdMs = Date.parse(object?.metadata.creationTimestamp ?? "");
  return {
    dequeueMs: at.wallMs,
    op: object === undefined ? "delete" : record.wasThere ? "update" : "create",
    namespace: key.slice(0, Math.max(0, slash)),
    name: key.slice(slash + 1),
    ...(Number.isNaN(createdMs) ? {} : { creationMs: createdMs }),
    queuedAdds: adds,
    queuedUpdates: updates,
    queuedDeletes: deletes,
    ...(first === undefined ? {} : { firstEnqueueMs: first.wallMs }),
    ...(last === undefined ? {} : { lastEnqueueMs: last.wallMs }),
    diff,
  };
}
