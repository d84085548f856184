/**
 * What does a patch of any of the four types make of an object? Changes nothing that it is given,
 * stores nothing, and does not look whether the result is valid.
 * @module
 */

import type { PatchType } from "../../../kube/cluster.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { applied, requireDeclared } from "./apply.ts";
import { jsonTypeOf } from "../validation/field_types.ts";
import { jsonPatched, JsonPatchError } from "./json_patch.ts";
import { isJsonObject, mergePatched } from "./merge_patch.ts";
import { PatchError } from "./patch_error.ts";
import { isCustom, type ServedResource } from "../discovery/resources.ts";
import { strategicPatched } from "./strategic_merge_patch.ts";

export { managed } from "./managed_fields.ts";
export { PatchError } from "./patch_error.ts";

export interface Patch {
  readonly type: PatchType;
  /** The parsed body. */
  readonly body: unknown;
  readonly fieldManager: string;
  /** Of an apply patch: take fields over from others. */
  readonly force: boolean;
  readonly resource: ServedResource;
  /** RFC 3339: when an apply patch has changed something. */
  readonly time: string;
  /** `status`; undefined: the object itself is patched. */
  readonly subresource?: string;
}

const MEDIA_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};
const MAX_OPERATIONS = 10_000;
/** The server keeps to itself which operation it was. */
const REJECTED = "the server rejected our request due to an error in our request";

/**
 * The type that a Content-Type header names.
 * @throws {PatchError} 415
 */
export function patchTypeOf(contentType: string | null, resource: ServedResource): PatchType {
  const mediaType = (contentType ?? "").split(";")[0]!.trim();
  const custom = isCustom(resource);
  const type = Object.hasOwn(MEDIA_TYPES, mediaType) ? MEDIA_TYPES[mediaType]! : undefined;
  if (type !== undefined && !(custom && type === "strategic")) return type;
  if (!custom) throw new PatchError(415, "415: Unsupported Media Type");
  const accepted = Object.keys(MEDIA_TYPES).filter((name) => MEDIA_TYPES[name] !== "strategic");
  throw new PatchError(
    415,
    `the body of the request was in an unknown format - accepted media types include: ${
      accepted.join(", ")
    }`,
  );
}

/**
 * The patched object; an apply patch has set its managedFields as well.
 * @param current undefined: there is none, and an apply patch makes it
 * @throws {PatchError} with the server's words
 */
export function patched(current: KubeObject | undefined, patch: Patch): KubeObject {
  if (patch.type === "apply") return appliedTo(current, patch);
  const object = current ?? { metadata: {} };
  switch (patch.type) {
    case "merge":
      return mergedInto(object, patch.body);
    case "strategic":
      return strategicInto(object, patch);
    case "json":
      return operatedOn(object, patch.body);
  }
}

function mergedInto(current: KubeObject, body: unknown): KubeObject {
  if (body === null) throw new PatchError(400, "Invalid JSON Patch");
  requireMap(body, "error decoding patch: ");
  return mergePatched(current, body) as KubeObject;
}

function strategicInto(current: KubeObject, { body, resource }: Patch): KubeObject {
  patchTypeOf("application/strategic-merge-patch+json", resource);
  if (body === null) return current;
  requireMap(body, "");
  return strategicPatched(current, body) as KubeObject;
}

function operatedOn(current: KubeObject, body: unknown): KubeObject {
  if (body === null) return current;
  const notOperations = (value: unknown, type: string) =>
    new PatchError(400, `error decoding patch: ${cannotUnmarshal(value, type)}`);
  if (!Array.isArray(body)) throw notOperations(body, "[]handlers.jsonPatchOp");
  const wrong = body.findIndex((operation) => !isJsonObject(operation));
  if (wrong !== -1) throw notOperations(body[wrong], "handlers.jsonPatchOp");
  if (body.length > MAX_OPERATIONS) {
    throw new PatchError(
      413,
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`,
    );
  }
  try {
    return jsonPatched(current, body) as KubeObject;
  } catch (thrown) {
    if (thrown instanceof JsonPatchError) throw new PatchError(422, REJECTED);
    throw thrown;
  }
}

function appliedTo(current: KubeObject | undefined, patch: Patch): KubeObject {
  const { resource, fieldManager: manager, force, time, subresource } = patch;
  const body = patch.body ?? {};
  requireMap(body, "error decoding YAML: error unmarshaling JSON: while decoding JSON: ");
  const { apiVersion = "", kind = "", metadata } = body as Partial<KubeObject>;
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    const [version, group] = apiVersion.split("/").reverse();
    const shown = group === undefined && version === "" ? "/" : `${group ?? ""}/${version}`;
    throw new PatchError(400, `invalid object type: ${shown}, Kind=${kind}`);
  }
  const { managedFields } = (metadata ?? {}) as { managedFields?: unknown };
  if (managedFields !== undefined && managedFields !== null) {
    throw new PatchError(400, "metadata.managedFields must be nil");
  }
  const config = { ...body, metadata: withoutNull(metadata ?? {}) } as KubeObject;
  requireDeclared(config, resource);
  return applied(current, config, {
    resource,
    manager,
    force,
    time,
    ...(subresource === undefined ? {} : { subresource }),
  });
}

function withoutNull(metadata: object): object {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

function requireMap(
  body: unknown,
  prefix: string,
): asserts body is Readonly<Record<string, unknown>> {
  if (isJsonObject(body)) return;
  throw new PatchError(400, prefix + cannotUnmarshal(body, "map[string]interface {}"));
}

function cannotUnmarshal(value: unknown, type: string): string {
  return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type ${type}`;
}
