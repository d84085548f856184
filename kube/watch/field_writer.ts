/**
 * Who has written an object between two states of it? Told by what each manager of its fields is
 * noted for; where that does not tell one from another nobody is named. Pure.
 * Source: apimachinery, pkg/util/managedfields/internal/managedfieldsupdater.go: an update or apply
 * that changes a value gives its manager the time of the write, in whole seconds, and may take fields
 * from others, whose times stay.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectMeta } from "../object.ts";

/**
 * What one manager has written of an object, in one way.
 * Source: apimachinery, pkg/apis/meta/v1/types.go, ManagedFieldsEntry.
 */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  /** Absent: of the object itself. */
  readonly subresource?: string;
  readonly apiVersion?: string;
  /** RFC 3339 in whole seconds, server's clock: when it last wrote something that was different. */
  readonly time?: string;
  readonly fieldsV1?: unknown;
}

interface ManagedMeta extends ObjectMeta {
  readonly managedFields?: readonly ManagedFields[];
}

export interface FieldWriter {
  /** Undefined: it cannot be told. */
  readonly manager: string | undefined;
  /** `status`, `scale`; empty: the object itself. */
  readonly subresource: string;
}

/** Of the write that led from one state to the next; `before` undefined: it made the object. */
export function writerOf(before: KubeObject | undefined, after: KubeObject): FieldWriter {
  const isStatus = before !== undefined && isStatusWrite(before, after);
  const candidates = candidatesOf(before, after);
  const ofPart = candidates.filter(({ subresource = "" }) =>
    (subresource === "status") === isStatus
  );
  const writers = new Set((ofPart.length > 0 ? ofPart : candidates).map(partOf));
  const [writer, ...others] = writers;
  if (writer === undefined || others.length > 0) {
    return { manager: undefined, subresource: isStatus ? "status" : "" };
  }
  const [manager, subresource] = JSON.parse(writer) as [string, string];
  return { manager, subresource };
}

/**
 * Entries that have another time than before or are new; if there are none, because the manager wrote
 * twice in a second, those of the latest second.
 */
function candidatesOf(before: KubeObject | undefined, after: KubeObject): ManagedFields[] {
  const entries = entriesOf(after);
  const earlier = new Map(
    (before === undefined ? [] : entriesOf(before)).map((entry) => [keyOf(entry), entry.time]),
  );
  const moved = entries.filter((entry) =>
    !earlier.has(keyOf(entry)) || earlier.get(keyOf(entry)) !== entry.time
  );
  if (moved.length > 0) return moved;
  const latest = entries.reduce((last, { time = "" }) => time > last ? time : last, "");
  return entries.filter(({ time }) => time === latest);
}

function entriesOf({ metadata }: KubeObject): readonly ManagedFields[] {
  return (metadata as ManagedMeta).managedFields ?? [];
}

function keyOf({ manager, operation, subresource, apiVersion }: ManagedFields): string {
  return JSON.stringify([manager, operation, subresource, apiVersion]);
}

function partOf({ manager = "", subresource = "" }: ManagedFields): string {
  return JSON.stringify([manager, subresource]);
}

/** Whether nothing has changed but the status: labels and all else of a user's are as they were. */
function isStatusWrite(before: KubeObject, after: KubeObject): boolean {
  return !isDeepStrictEqual(before["status"], after["status"]) &&
    isDeepStrictEqual(withoutStatus(before), withoutStatus(after));
}

function withoutStatus({ status: _status, ...object }: KubeObject): unknown {
  const { resourceVersion: _, managedFields: _fields, ...metadata } = object
    .metadata as ManagedMeta;
  return { ...object, metadata };
}
