/**
 * Answers the requests for resources: which verb does what to which objects.
 * Source: apiserver, pkg/endpoints/handlers.
 * @module
 */

import type { KubeObject } from "../../../kube/object.ts";
import { isReview, review } from "../access/access_reviews.ts";
import { tokenRequest } from "../access/token_request.ts";
import { jsonAnswer } from "../answers/answers.ts";
import { badRequest, methodNotAllowed, noSuchResource, notFound } from "../answers/api_error.ts";
import { requestedForm } from "../answers/forms.ts";
import { type ApiState, collectionOf, type Resolved } from "../api_state.ts";
import { create } from "../writing/create.ts";
import { remove } from "../writing/delete.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { decoded } from "../validation/validate.ts";
import { patchTypeOf } from "../patches/patches.ts";
import { patch } from "../writing/patch.ts";
import { podLogAnswer } from "../reading/pod_log.ts";
import type { Reads } from "../reading/reads.ts";
import { bodyOf } from "./request_body.ts";
import { rulesOf } from "../writing/object_rules.ts";
import type { StoredObject } from "../store/stored_object.ts";
import { update } from "../writing/update.ts";
import {
  type AskedWrite,
  deleteOptions,
  type OptionsKind,
  writeOptions,
} from "../writing/write_options.ts";

/** That of a ServiceAccount: only ever asked for, and never kept. */
const TOKEN = "token";
/** That of a pod: text. */
const LOG = "log";
/** Subresources that are the object itself, with other rules of what may be written. */
const OBJECT_SUBRESOURCES = ["status", "finalize"];

/** As which the body is read. */
const TOKEN_REQUEST = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  fields: ["spec", "status"],
};

/** @throws {ApiError | InvalidError | PatchError} */
export async function answerResource(
  state: ApiState,
  request: Resolved,
  reads: Reads,
): Promise<Response> {
  requireServed(request);
  if (isReview(request.resource)) return answerReview(state, request);
  if (request.subresource === TOKEN) return answerTokenRequest(state, request);
  if (request.subresource === LOG) return podLogAnswer(await reads.get(request), request.query);
  switch (request.verb) {
    case "get":
      return answerObject(state, request, { object: await reads.get(request) });
    case "list":
      return await reads.list(request);
    case "watch":
      return reads.watch(request);
    case "create":
      return answerCreate(state, request);
    case "update":
      return answerUpdate(state, request);
    case "patch":
      return answerPatch(state, request);
    case "delete":
      return answerDelete(state, request);
    case "deletecollection":
      return reads.deleteCollection(request);
    default:
      throw methodNotAllowed();
  }
}

/** @throws {ApiError} 404 or 405 for what the resource does not have */
function requireServed({ resource, verb, name, subresource, namespace, call }: Resolved): void {
  if (subresource !== undefined && !resource.subresources.includes(subresource)) {
    throw noSuchResource();
  }
  if (subresource === TOKEN && verb === "create" && namespace !== "") return;
  if (subresource === LOG && verb === "get" && namespace !== "") return;
  if (subresource !== undefined && !OBJECT_SUBRESOURCES.includes(subresource)) {
    throw methodNotAllowed();
  }
  const isHead = call.method === "HEAD";
  const isOnCollection = name === undefined;
  const needsNamespace = resource.namespaced && namespace === "" && verb !== "list" &&
    verb !== "watch" && !isReview(resource);
  const isMisplaced = verb === "create"
    ? !isOnCollection
    : isOnCollection && ["update", "patch"].includes(verb);
  const isSubresourceOnly = subresource !== undefined &&
    !(subresource === "finalize" ? ["update"] : ["get", "update", "patch"]).includes(verb);
  if (isHead || needsNamespace || isMisplaced || isSubresourceOnly) throw methodNotAllowed();
  if (!resource.verbs.includes(verb)) throw methodNotAllowed();
}

function answerReview(state: ApiState, request: Resolved): Response {
  const { resource, namespace, call } = request;
  const { object } = bodyObject(request, { fieldValidation: "Ignore" });
  const answer = review(state, { resource, object, user: call.user, namespace });
  return jsonAnswer(JSON.stringify(answer), { status: 201 });
}

function answerTokenRequest(state: ApiState, request: Resolved): Response {
  const { name = "" } = request;
  const { object } = bodyObject(
    { ...request, resource: { ...request.resource, ...TOKEN_REQUEST } },
    { fieldValidation: "Ignore" },
  );
  const answer = tokenRequest(state, { place: request, name, object });
  return jsonAnswer(JSON.stringify(answer), { status: 201 });
}

function answerCreate(state: ApiState, request: Resolved): Response {
  const options = optionsOf(request, "CreateOptions");
  const { object, warnings } = bodyObject(request, options);
  const written = create(state, { place: request, object, options, operation: "Update" });
  return answerObject(state, request, { ...written, warnings });
}

function answerUpdate(state: ApiState, request: Resolved): Response {
  const { resource, namespace, name = "" } = request;
  const options = optionsOf(request, "UpdateOptions");
  const { object: wanted, warnings } = bodyObject(request, options);
  requireNameOf(wanted, name);
  const current = collectionOf(state, resource).get(namespace, name);
  if (current === undefined) {
    if (!rulesOf(resource).createsOnUpdate) throw notFound(resource, name);
    const made = create(state, { place: request, object: wanted, options, operation: "Update" });
    return answerObject(state, request, { ...made, warnings });
  }
  const written = update(state, {
    place: request,
    current,
    wanted,
    options,
    subresource: request.subresource,
    operation: "Update",
    isReplacement: true,
  });
  return answerObject(state, request, { ...written, warnings });
}

function answerPatch(state: ApiState, request: Resolved): Response {
  const { resource, call, name = "", subresource } = request;
  const type = patchTypeOf(call.headers.get("content-type"), resource);
  const options = optionsOf(request, "PatchOptions", type === "apply");
  const patched = patch(state, {
    place: request,
    name,
    subresource,
    type,
    body: call.body,
    options,
  });
  return answerObject(state, request, patched);
}

function answerDelete(state: ApiState, request: Resolved): Response {
  const { resource, namespace, name = "", query, call } = request;
  const options = deleteOptions(query, call.body);
  const current = collectionOf(state, resource).get(namespace, name);
  if (current === undefined) throw notFound(resource, name);
  const { object, isGone } = remove(state, { place: request, current, options });
  if (!isGone || rulesOf(resource).answersDeleted) return answerObject(state, request, { object });
  return jsonAnswer(JSON.stringify(deletedStatus(resource, object)));
}

function deletedStatus({ group, plural }: ServedResource, { name, fields }: StoredObject): unknown {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...(group === "" ? {} : { group }),
      kind: plural,
      uid: fields.metadata.uid,
    },
  };
}

function answerObject(
  state: ApiState,
  request: Resolved,
  { object, warnings = [], isNew = false }: {
    object: StoredObject;
    warnings?: readonly string[];
    isNew?: boolean;
  },
): Response {
  const form = requestedForm(state, request);
  return jsonAnswer(form.one(object), { status: isNew ? 201 : 200, warnings });
}

function optionsOf(
  { query, call }: Resolved,
  kind: OptionsKind,
  isApply = false,
): AskedWrite {
  const userAgent = call.headers.get("user-agent") ?? "";
  return writeOptions(query, { kind, userAgent, isApply });
}

function bodyObject(
  { resource, namespace, call }: Resolved,
  { fieldValidation }: Pick<AskedWrite, "fieldValidation">,
): { object: KubeObject; warnings: readonly string[] } {
  const contentType = call.headers.get("content-type");
  const { value, json } = bodyOf(call.body, { resource, contentType });
  return decoded(value, { resource, namespace, fieldValidation, body: json });
}

function requireNameOf({ metadata }: KubeObject, name: string): void {
  const { name: given = "" } = metadata;
  if (given === name) return;
  throw badRequest(
    given === ""
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${given}) does not match the name on the URL (${name})`,
  );
}
