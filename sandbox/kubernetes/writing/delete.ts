/**
 * How does an object leave the store: at once, or only when its finalizers are gone?
 * Source: apiserver, pkg/registry/rest/delete.go and pkg/registry/generic/registry/store.go.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { admitDelete } from "./admission.ts";
import { conflict } from "../answers/api_error.ts";
import { type ApiState, isTerminating, type Place, timestamp } from "../api_state.ts";
import { CLEANUP_FINALIZER, DEFINITIONS, terminatingStatus } from "../defaults/definition.ts";
import { tidy } from "./metadata.ts";
import { rulesOf } from "./object_rules.ts";
import { type Fields, StoredObject } from "../store/stored_object.ts";
import { isHeld } from "./update.ts";
import type { AskedDelete, Propagation } from "./write_options.ts";

interface Deleted {
  readonly object: StoredObject;
  /** Whether it is gone now. */
  readonly isGone: boolean;
}

const FINALIZERS: Readonly<Partial<Record<Propagation, string>>> = {
  Foreground: "foregroundDeletion",
  Orphan: "orphan",
};

/** @throws {ApiError} 403 or 409 */
export function remove(
  state: ApiState,
  { place: { resource }, current, options }: {
    readonly place: Place;
    readonly current: StoredObject;
    readonly options: AskedDelete;
  },
): Deleted {
  admitDelete(resource, current.name);
  requirePreconditions(resource, { current, options });
  const kind = resourceName(resource);
  const fields = marked(state, { kind, current, options });
  const { finalizers = [] } = fields.metadata;
  const isGone = finalizers.length === 0 && !isHeld(kind, fields);
  if (options.isDryRun) return { object: new StoredObject(fields, current.revision), isGone };
  if (isGone) {
    state.store.remove(kind, current.fields);
    return { object: current, isGone };
  }
  // Deleted once more: nothing to change.
  if (isTerminating(current)) return { object: current, isGone };
  const counted = rulesOf(resource).hasGeneration && kind !== DEFINITIONS
    ? withGeneration(fields)
    : fields;
  return { object: state.store.put(kind, counted), isGone };
}

function requirePreconditions(
  resource: Place["resource"],
  { current, options: { preconditions } }: { current: StoredObject; options: AskedDelete },
): void {
  const { uid, resourceVersion } = current.fields.metadata;
  const { name } = current;
  const { kind } = resource;
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    const why =
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record ` +
      `(${uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, { name, kind, why });
  }
  const wanted = preconditions.resourceVersion;
  if (wanted !== undefined && wanted !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted}) does not match the ` +
      `ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(resource, { name, kind, why });
  }
}

/** As it is while it waits for its finalizers. */
function marked(
  state: ApiState,
  { kind, current, options }: { kind: string; current: StoredObject; options: AskedDelete },
): Fields {
  if (isTerminating(current)) return current.fields;
  const deletionTimestamp = timestamp(state);
  const { fields } = current;
  const own = FINALIZERS[options.propagation];
  const finalizers = [...fields.metadata.finalizers ?? [], ...(own === undefined ? [] : [own])];
  const metadata: FullMeta = { ...fields.metadata, deletionTimestamp, finalizers };
  switch (kind) {
    case "namespaces":
      return {
        ...fields,
        metadata: tidy({ ...metadata }),
        status: { ...fields["status"] as object, phase: "Terminating" },
      } as Fields;
    case DEFINITIONS:
      return {
        ...fields,
        metadata: tidy({ ...metadata, finalizers: [...finalizers, CLEANUP_FINALIZER] }),
        status: terminatingStatus(fields, deletionTimestamp),
      } as Fields;
    default:
      return { ...fields, metadata: tidy({ ...metadata, deletionGracePeriodSeconds: 0 }) };
  }
}

function withGeneration(fields: Fields): Fields {
  const { generation = 0 } = fields.metadata as FullMeta;
  return { ...fields, metadata: tidy({ ...fields.metadata, generation: generation + 1 }) };
}
