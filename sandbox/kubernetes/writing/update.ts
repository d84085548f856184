/**
 * How does a new state take the place of an object's present one?
 * Source: apiserver, pkg/registry/rest/update.go and pkg/registry/generic/registry/store.go.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { type ApiState, type Place, timestamp } from "../api_state.ts";
import { hasOwnStatus } from "../defaults/initial_status.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { keptMeta, tidy, withOwners } from "./metadata.ts";
import { filled, serviceAddress } from "../defaults/object_defaults.ts";
import { rulesOf } from "./object_rules.ts";
import { type Fields, fieldsOf, StoredObject, type WriteOutcome } from "../store/stored_object.ts";
import { guardUpdate } from "./update_guard.ts";
import type { AskedWrite } from "./write_options.ts";

interface UpdateRequest {
  readonly place: Place;
  readonly current: StoredObject;
  readonly wanted: KubeObject;
  readonly options: AskedWrite;
  /** `status`, `finalize`, or undefined: everything else. */
  readonly subresource: string | undefined;
  readonly operation: "Update" | "Apply";
  /** See the guard. */
  readonly isReplacement: boolean;
}

/** @throws {ApiError | InvalidError} */
export function update(state: ApiState, request: UpdateRequest): WriteOutcome {
  const { place: { resource }, current, wanted, isReplacement } = request;
  guardUpdate({ resource, current, wanted, isReplacement });
  const fields = nextFields(state, request);
  return { object: commit(state, { ...request, fields }), isNew: false };
}

function nextFields(state: ApiState, request: UpdateRequest): Fields {
  const { place: { resource }, current, options, subresource, operation } = request;
  const fields = writtenFields(state, request);
  const counted = rulesOf(resource).hasGeneration && hasChanged(current.fields, fields)
    ? withGeneration(fields)
    : fields;
  return withOwners(counted, {
    resource,
    manager: options.fieldManager,
    operation,
    time: timestamp(state),
    subresource,
    previous: current.fields,
  });
}

function writtenFields(state: ApiState, request: UpdateRequest): Fields {
  switch (request.subresource) {
    case "status":
      return ofPart(request, "status");
    case "finalize":
      return ofPart(request, "spec");
    default:
      return ofObject(state, request);
  }
}

/** What a subresource writes: its own part, and who owns that. */
function ofPart({ current, wanted, operation }: UpdateRequest, part: "spec" | "status"): Fields {
  const { fields } = current;
  const { managedFields } = (operation === "Apply" ? wanted : fields).metadata as FullMeta;
  const metadata = tidy({ ...fields.metadata, managedFields });
  return { ...fields, metadata, [part]: wanted[part] ?? fields[part] };
}

function ofObject(
  state: ApiState,
  { place: { resource }, current, wanted, operation }: UpdateRequest,
): Fields {
  const { status, ...fields } = fieldsOf(wanted);
  const metadata = keptMeta(wanted.metadata, current.fields.metadata, {
    isApply: operation === "Apply",
  });
  const around = { uid: metadata.uid ?? "", clusterIp: () => addressOf(state, current) };
  const full = filled(resource, { ...fields, metadata } as Fields, around);
  const shown = hasOwnStatus(resource) ? current.fields["status"] : full["status"] ?? status;
  const { status: _, ...rest } = rulesOf(resource).keepsSpec
    ? { ...full, spec: current.fields["spec"] }
    : full;
  return (shown === undefined ? rest : { ...rest, status: shown }) as Fields;
}

/** A service keeps the address that it has. */
function addressOf(state: ApiState, { fields: { spec } }: StoredObject): string {
  const { clusterIP } = (spec ?? {}) as { clusterIP?: string };
  return clusterIP ?? serviceAddress(state);
}

/** Metadata and status do not count. */
function hasChanged(before: Fields, after: Fields): boolean {
  const { metadata: _, status: __, ...one } = before;
  const { metadata: ___, status: ____, ...other } = after;
  return !isDeepStrictEqual(one, other);
}

function withGeneration(fields: Fields): Fields {
  const { generation = 0 } = fields.metadata as FullMeta;
  return { ...fields, metadata: tidy({ ...fields.metadata, generation: generation + 1 }) };
}

function commit(
  { store }: ApiState,
  { place: { resource }, current, fields, options }: UpdateRequest & { fields: Fields },
): StoredObject {
  if (isDeepStrictEqual(fields, current.fields)) return current;
  const kind = resourceName(resource);
  const { deletionTimestamp, finalizers = [] } = fields.metadata;
  const isLast = deletionTimestamp !== undefined && finalizers.length === 0 &&
    !isHeld(kind, fields);
  if (options.isDryRun || isLast) {
    if (!options.isDryRun) store.remove(kind, current.fields);
    return new StoredObject(fields, current.revision);
  }
  return store.put(kind, fields);
}

/** Namespaces have finalizers of their own kind. Source: Kubernetes API reference, NamespaceSpec. */
export function isHeld(kind: string, { spec }: Fields): boolean {
  if (kind !== "namespaces") return false;
  const { finalizers = [] } = (spec ?? {}) as { finalizers?: readonly string[] };
  return finalizers.length > 0;
}
