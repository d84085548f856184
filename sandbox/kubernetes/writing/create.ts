/**
 * How does a new object come into the store?
 * Source: apiserver, pkg/registry/rest/create.go and pkg/registry/generic/registry/store.go.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { admitCreate, isFlunder, requireValidFlunder } from "./admission.ts";
import { alreadyExists, serverError } from "../answers/api_error.ts";
import { type ApiState, collectionOf, isTerminating, type Place, timestamp } from "../api_state.ts";
import { defaultDefinition } from "../defaults/definition.ts";
import { hasOwnStatus, initialStatus } from "../defaults/initial_status.ts";
import { generatedName, newMeta, uuid, withOwners } from "./metadata.ts";
import { filled, serviceAddress } from "../defaults/object_defaults.ts";
import { rulesOf } from "./object_rules.ts";
import { requireValid } from "../validation/validate.ts";
import { takeQuota } from "./quota.ts";
import { type Fields, fieldsOf, StoredObject, type WriteOutcome } from "../store/stored_object.ts";
import type { AskedWrite } from "./write_options.ts";

interface CreateRequest {
  readonly place: Place;
  /** Decoded: with its type and namespace, without what its kind does not have. */
  readonly object: KubeObject;
  readonly options: AskedWrite;
  /** How its fields come to be owned: `Apply` for an apply patch. */
  readonly operation: "Update" | "Apply";
}

/** Source: apiserver, pkg/registry/generic/registry/store.go, maxNameGenerationCreateAttempts. */
const MOST_TRIES = 8;

/** @throws {ApiError | InvalidError} */
export function create(state: ApiState, request: CreateRequest): WriteOutcome {
  const { place, options: { isDryRun } } = request;
  const { resource, namespace } = place;
  const object = withName(state, request);
  const { name = "" } = object.metadata;
  admitCreate(state, { ...place, name });
  requireValid(object, resource);
  if (isFlunder(resource)) requireValidFlunder(object, resource);
  const fields = newFields(state, { ...request, object });
  const existing = collectionOf(state, resource).get(namespace, name);
  takeQuota(state, { ...place, name, isDryRun: isDryRun || existing !== undefined });
  if (existing !== undefined) {
    throw alreadyExists(resource, { name, isBeingDeleted: isTerminating(existing) });
  }
  const made = isDryRun
    ? new StoredObject(fields, 0)
    : state.store.put(resourceName(resource), fields);
  return { object: made, isNew: true };
}

/** One of thousands of names that are made up is there already: the server makes up another one. */
function withName(state: ApiState, { object, place }: CreateRequest): KubeObject {
  const { metadata } = object;
  const { name = "", generateName = "", resourceVersion = "" } = metadata;
  if (!["", "0"].includes(resourceVersion)) {
    throw serverError("resourceVersion should not be set on objects to be created");
  }
  if (name !== "" || generateName === "") return object;
  const { resource, namespace } = place;
  const present = collectionOf(state, resource);
  let made = generatedName(generateName, state.rng);
  for (let tries = 1; tries < MOST_TRIES && present.get(namespace, made) !== undefined; tries++) {
    made = generatedName(generateName, state.rng);
  }
  return { ...object, metadata: { ...metadata, name: made } };
}

function newFields(state: ApiState, { place, object, options, operation }: CreateRequest): Fields {
  const { resource, namespace } = place;
  const uid = uuid(state.rng);
  const { status, ...fields } = fieldsOf(object);
  const metadata = newMeta(object.metadata, {
    name: object.metadata.name ?? "",
    namespace,
    uid,
    creationTimestamp: timestamp(state),
    generation: rulesOf(resource).hasGeneration ? 1 : undefined,
    ...(operation === "Apply"
      ? { managedFields: (object.metadata as FullMeta).managedFields ?? [] }
      : {}),
  });
  const born = hasOwnStatus(resource) ? initialStatus(resource) : status;
  const around = { uid, clusterIp: () => serviceAddress(state) };
  const full = filled(resource, { ...fields, metadata } as Fields, around);
  const complete = withStatus(defaultDefinition(resource, full), born);
  if (!state.tracksManagers) return complete;
  const { fieldManager: manager } = options;
  const time = timestamp(state);
  return withOwners(complete, { resource, manager, operation, time });
}

function withStatus(fields: Fields, status: unknown): Fields {
  if (status === undefined || fields["status"] !== undefined) return fields;
  return { ...fields, status } as Fields;
}
