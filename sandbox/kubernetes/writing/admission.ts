/**
 * May an object be made here and now, whoever asks? The admission plugins that commands can meet.
 * Source: apiserver, pkg/admission/plugin/namespace/lifecycle.
 * @module
 */

import { resourceName } from "../../../kube/resource.ts";
import { forbidden, notFound } from "../answers/api_error.ts";
import { type ApiState, isTerminating, namespaceNamed, type Place } from "../api_state.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { admitFlunder, isFlunder } from "./sample_server.ts";

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
