/**
 * May this state take the place of an object's present one: was it made from it, and does it leave
 * alone what cannot change?
 * Source: apiserver, pkg/registry/rest/update.go and pkg/registry/generic/registry/store.go.
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { goQuote } from "../../../core/go_quote.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { resourceName } from "../../../kube/resource.ts";
import { conflict, modified, serverError } from "../answers/api_error.ts";
import type { FullMeta } from "../validation/metadata_rules.ts";
import { rulesOf } from "./object_rules.ts";
import { complaint, invalid, InvalidError } from "../validation/field_error.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { requireValid } from "../validation/validate.ts";
import type { StoredObject } from "../store/stored_object.ts";

interface Change {
  readonly resource: ServedResource;
  readonly current: StoredObject;
  readonly wanted: KubeObject;
  /** Whether the wanted state is a client's own, and not made from the present one by a patch. */
  readonly isReplacement: boolean;
}

/** @throws {ApiError | InvalidError} */
export function guardUpdate(change: Change): void {
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
