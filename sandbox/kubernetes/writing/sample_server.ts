/**
 * The rules of the sample API server: which flunders does it take?
 * Source: sample-apiserver, pkg/apis/wardle/validation and pkg/admission/plugin/banflunder.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { FLUNDERS, resourceName } from "../../../kube/resource.ts";
import { forbidden } from "../answers/api_error.ts";
import type { ApiState } from "../api_state.ts";
import { invalid, InvalidError } from "../validation/field_error.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { partOf } from "../defaults/pod_defaults.ts";
import { ownValue } from "../../../core/named_values.ts";

/** Of the server's own version of the object, which has one reference for each type. */
const FIELDS: Readonly<Record<string, string>> = {
  Flunder: "spec.flunderReference",
  Fischer: "spec.fischerReference",
};

export function isFlunder(resource: ServedResource): boolean {
  return resourceName(resource) === resourceName(FLUNDERS);
}

/** @throws {ApiError} 403 if a fischer bans the name */
export function admitFlunder({ store }: ApiState, resource: ServedResource, name: string): void {
  const isBanned = store.collection("fischers.wardle.example.com").list()
    .some(({ fields: { disallowedFlunders } }) =>
      Array.isArray(disallowedFlunders) && disallowedFlunders.includes(name)
    );
  if (!isBanned) return;
  const why = "this name may not be used, please change the resource name";
  throw forbidden(resource, { name, why });
}

/** @throws {InvalidError} 422 for a type of reference without one; new objects alone are looked at */
export function requireValidFlunder(
  { metadata, spec }: KubeObject,
  resource: ServedResource,
): void {
  const { reference = "", referenceType } = partOf(spec);
  const field = ownValue(FIELDS, String(referenceType));
  if (field === undefined || reference !== "") return;
  const cause = invalid(field, "", `cannot be empty if referenceType is ${referenceType}`);
  throw InvalidError.invalid({ ...resource, name: metadata.name ?? "" }, [cause]);
}
