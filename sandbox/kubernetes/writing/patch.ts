/**
 * How does a patch become a new state of an object, or a new object?
 * Source: Kubernetes API concepts, "Patches" and "Server-Side Apply"; apiserver, pkg/endpoints/handlers.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { readYaml } from "../../../core/yaml.ts";
import type { PatchType } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { badRequest, notFound } from "../answers/api_error.ts";
import { type ApiState, collectionOf, type Place, timestamp } from "../api_state.ts";
import type { WriteOutcome } from "../store/stored_object.ts";
import { create } from "./create.ts";
import { patched } from "../patches/patches.ts";
import { decoded, decodedPatch } from "../validation/validate.ts";
import { update } from "./update.ts";
import type { AskedWrite } from "./write_options.ts";

interface PatchRequest {
  readonly place: Place;
  readonly name: string;
  readonly subresource: string | undefined;
  readonly type: PatchType;
  readonly body: string;
  readonly options: AskedWrite;
}

interface Patched extends WriteOutcome {
  readonly warnings: readonly string[];
}

/** @throws {ApiError | InvalidError | PatchError} */
export function patch(state: ApiState, request: PatchRequest): Patched {
  const { place, name, subresource, type, options } = request;
  const { resource, namespace } = place;
  const current = collectionOf(state, resource).get(namespace, name);
  // Only an apply patch can make an object, and only where objects are made.
  if (current === undefined && (type !== "apply" || subresource !== undefined)) {
    throw notFound(resource, name);
  }
  const result = patched(current?.as({ apiVersion: apiVersionOf(resource), kind: resource.kind }), {
    ...options,
    type,
    body: bodyOf(request),
    resource,
    time: timestamp(state),
    ...(subresource === undefined ? {} : { subresource }),
  });
  const read = type === "apply" ? decoded : decodedPatch;
  const { object, warnings } = read(named(result, { name, isNew: current === undefined }), {
    resource,
    namespace,
    fieldValidation: options.fieldValidation,
    ...(type === "merge" || type === "strategic" ? { body: request.body } : {}),
  });
  const operation = type === "apply" ? "Apply" : "Update";
  const written = current === undefined
    ? create(state, { place, object, options, operation })
    : update(state, {
      place,
      current,
      wanted: object,
      options,
      subresource,
      operation,
      isReplacement: false,
    });
  return { ...written, warnings };
}

/** @throws {ApiError} 400 */
function bodyOf({ type, body }: PatchRequest): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (type !== "apply") throw badRequest(`error decoding patch: ${messageOf(error)}`);
  }
  try {
    return readYaml(body);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${messageOf(error)}`);
  }
}

function named(
  object: KubeObject,
  { name, isNew }: { name: string; isNew: boolean },
): KubeObject {
  const { metadata } = object;
  if (metadata.name === name) return object;
  if (isNew && metadata.name === undefined) return { ...object, metadata: { ...metadata, name } };
  throw badRequest(
    `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
  );
}
