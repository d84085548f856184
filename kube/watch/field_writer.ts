/**
 * Who has written an object between two states of it? Told by the time of each manager's last write,
 * and by what is a manager's; where that does not tell one from another nobody is named. Pure.
 * Source: apimachinery, pkg/util/managedfields/internal/managedfieldsupdater.go: an update or apply
 * that changes a value gives its manager the time of the write, in whole seconds, and may take fields
 * from others, whose times stay.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { contentOf, type KubeObject, type ObjectMeta } from "../object.ts";

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
  const candidates = candidatesOf(before, after);
  const owners = candidates.length === 1 || before === undefined
    ? candidates
    : candidates.filter(({ fieldsV1 }) => owns(fieldsV1, contentOf(before), contentOf(after)));
  const [writer, ...others] = new Set(owners.map(partOf));
  if (writer === undefined || others.length > 0) {
    const isStatus = before !== undefined && isStatusWrite(before, after);
    return { manager: undefined, subresource: isStatus ? "status" : "" };
  }
  const [manager, subresource] = JSON.parse(writer) as [string, string];
  return { manager, subresource };
}

/**
 * Forgets which fields are whose, two thirds of an object of a kind that says little: {@link writerOf}
 * asks that of the later state alone. Only for an object that nobody else has.
 */
export function forgetFields(object: KubeObject): void {
  for (const entry of entriesOf(object) as { fieldsV1?: unknown }[]) entry.fieldsV1 = undefined;
}

/**
 * Whether all that has another value is a manager's by its `fieldsV1`. The elements of lists are not
 * told apart, and what was taken away has no owner any more.
 * Source: Kubernetes, "Server-Side Apply", "Field management": `{"f:spec": {"f:replicas": {}}}`.
 */
function owns(fields: unknown, before: unknown, after: unknown): boolean {
  if (!isMap(fields) || !isMap(after) || Object.keys(fields).length === 0) {
    return fields !== undefined;
  }
  const earlier = isMap(before) ? before : {};
  return Object.keys(after)
    .filter((key) => !isDeepStrictEqual(earlier[key], after[key]))
    .every((key) => owns(fields[`f:${key}`], earlier[key], after[key]));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
  const { status: earlier, ...restBefore } = contentOf(before);
  const { status: later, ...restAfter } = contentOf(after);
  return !isDeepStrictEqual(earlier, later) && isDeepStrictEqual(restBefore, restAfter);
}
