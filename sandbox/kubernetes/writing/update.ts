/**
 * How does a new state take the place of an object's present one, and may it: was it made
 * from it, and does it leave alone what cannot change?
 * Source: apiserver, pkg/registry/rest/update.go and pkg/registry/generic/registry/store.go.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { conflict, modified, serverError } from "../answers/api_error.ts";
import { type ApiState, type Place, timestamp } from "../api_state.ts";
import { hasOwnStatus } from "../defaults/initial_status.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { complaint, invalid, InvalidError } from "../validation/field_error.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { requireValid } from "../validation/validate.ts";
import { keptMeta, tidy, withOwners } from "./metadata.ts";
import { filled, serviceAddress } from "../defaults/object_defaults.ts";
import { withSchemaDefaults } from "../defaults/schema_defaults.ts";
import { rulesOf } from "./object_rules.ts";
import { type Fields, fieldsOf, StoredObject, type WriteOutcome } from "../store/stored_object.ts";
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
  if (!state.tracksManagers) return counted;
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
function ofPart(
  { place: { resource }, current, wanted, operation }: UpdateRequest,
  part: "spec" | "status",
): Fields {
  const { fields } = current;
  const { managedFields } = (operation === "Apply" ? wanted : fields).metadata as FullMeta;
  const metadata = tidy({ ...fields.metadata, managedFields });
  const next = { ...fields, metadata, [part]: wanted[part] ?? fields[part] };
  return withSchemaDefaults(next, resource.schema) as Fields;
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

interface Change {
  readonly resource: ServedResource;
  readonly current: StoredObject;
  readonly wanted: KubeObject;
  /** Whether the wanted state is a client's own, and not made from the present one by a patch. */
  readonly isReplacement: boolean;
}

/** @throws {ApiError | InvalidError} */
function guardUpdate(change: Change): void {
  requireSameUid(change);
  requireVersion(change);
  requireFinalizers(change);
  requireValid(change.wanted, change.resource);
  requireImmutable(change);
}

function requireSameUid({ resource, current, wanted, isReplacement }: Change): void {
  const { uid: now = "", namespace = "" } = current.fields.metadata;
  const { uid = "" } = wanted.metadata;
  const { name } = current;
  if (uid === "" || uid === now) return;
  if (!isReplacement) {
    const cause = invalid("metadata.uid", uid, "field is immutable");
    throw InvalidError.invalid({ ...resource, name }, [cause]);
  }
  const key = ["/registry", resource.plural, namespace, name].filter((part) => part !== "");
  const why = `StorageError: invalid object, Code: 4, Key: ${key.join("/")}, ResourceVersion: 0, ` +
    `AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${now}`;
  throw conflict(resource, { name, why });
}

function requireVersion({ resource, current, wanted }: Change): void {
  const { resourceVersion = "" } = wanted.metadata;
  const { name } = current;
  if (resourceVersion !== "" && !/^\d+$/.test(resourceVersion)) {
    throw serverError(`strconv.ParseUint: parsing ${goQuote(resourceVersion)}: invalid syntax`);
  }
  if (Number(resourceVersion) !== 0) {
    if (Number(resourceVersion) !== current.revision) throw modified(resource, name);
    return;
  }
  if (!rulesOf(resource).needsVersion) return;
  const cause = invalid("metadata.resourceVersion", 0, "must be specified for an update");
  throw InvalidError.invalid({ group: resource.group, kind: resource.plural, name }, [cause]);
}

function requireFinalizers({ resource, current, wanted }: Change): void {
  const now = current.fields.metadata as FullMeta;
  if (now.deletionTimestamp === undefined) return;
  const added = (wanted.metadata.finalizers ?? [])
    .filter((finalizer) => !(now.finalizers ?? []).includes(finalizer));
  if (added.length === 0) return;
  const shown = added.map((finalizer) => goQuote(finalizer)).join(", ");
  const why =
    "no new finalizers can be added if the object is being deleted, found new finalizers " +
    `[]string{${shown}}`;
  const cause = complaint("metadata.finalizers", "FieldValueForbidden", why);
  throw InvalidError.invalid({ ...resource, name: current.name }, [cause]);
}

/** Source: Kubernetes, "Immutable ConfigMaps" and "Immutable Secrets". */
function requireImmutable({ resource, current, wanted }: Change): void {
  const { fields } = current;
  if (!["configmaps", "secrets"].includes(resourceName(resource)) || !fields["immutable"]) return;
  const causes = ["immutable", "data", "binaryData"]
    .filter((field) => !isDeepStrictEqual(fields[field], wanted[field]))
    .map((field) =>
      complaint(field, "FieldValueForbidden", "field is immutable when `immutable` is set")
    );
  if (causes.length > 0) {
    throw InvalidError.invalid({ ...resource, name: current.name }, causes);
  }
}
