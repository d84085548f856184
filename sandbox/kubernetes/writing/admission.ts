/**
 * May an object be made here and now, whoever asks? The admission plugins that commands can meet,
 * and the rules of the sample API server for flunders.
 * Sources: apiserver, pkg/admission/plugin/namespace/lifecycle; sample-apiserver,
 * pkg/apis/wardle/validation and pkg/admission/plugin/banflunder.
 * @module
 */

import { ownValue } from "../../../core/named_values.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { FLUNDERS, resourceName } from "../../../kube/resource.ts";
import { forbidden, notFound } from "../answers/api_error.ts";
import { type ApiState, isTerminating, namespaceNamed, type Place } from "../api_state.ts";
import { partOf } from "../defaults/pod_defaults.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { invalid, InvalidError } from "../validation/field_error.ts";

const IMMORTAL = ["default", "kube-system", "kube-public"];

/** @throws {ApiError} 403 or 404 */
export function admitCreate(state: ApiState, place: Place & { readonly name: string }): void {
  const { resource } = place;
  if (resource.namespaced) requireNamespace(state, place);
  if (isFlunder(resource)) admitFlunder(state, resource, place.name);
}

/** @throws {ApiError} 403 */
export function admitDelete(resource: ServedResource, name: string): void {
  if (resourceName(resource) !== "namespaces" || !IMMORTAL.includes(name)) return;
  throw forbidden(resource, { name, why: "this namespace may not be deleted" });
}

function requireNamespace(
  state: ApiState,
  { resource, namespace, name }: Place & { readonly name: string },
): void {
  const found = namespaceNamed(state, namespace);
  if (found === undefined) {
    const namespaces = state.resources.find({ group: "", version: "v1", plural: "namespaces" })!;
    throw notFound(namespaces, namespace);
  }
  if (!isTerminating(found)) return;
  throw forbidden(resource, {
    name,
    why: `unable to create new content in namespace ${namespace} because it is being terminated`,
    causes: [{
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    }],
  });
}

/** Of the server's own version of the object, which has one reference for each type. */
const FIELDS: Readonly<Record<string, string>> = {
  Flunder: "spec.flunderReference",
  Fischer: "spec.fischerReference",
};

export function isFlunder(resource: ServedResource): boolean {
  return resourceName(resource) === resourceName(FLUNDERS);
}

/** @throws {ApiError} 403 if a fischer bans the name */
function admitFlunder({ store }: ApiState, resource: ServedResource, name: string): void {
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
