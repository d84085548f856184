/**
 * Answers who somebody is and what somebody may do. Nothing is kept of a review.
 * Source: Kubernetes API reference, authentication.k8s.io/v1 and authorization.k8s.io/v1.
 * @module
 */

import { apiVersionOf } from "../../../kube/resource.ts";
import type { KubeObject } from "../../../kube/object.ts";
import { badRequest, methodNotAllowed } from "../answers/api_error.ts";
import { type ApiState, timestamp, type User } from "../api_state.ts";
import { type Attributes, decide } from "./authorization.ts";
import { API_AUDIENCES } from "../tokens/service_account_tokens.ts";
import { invalid, InvalidError } from "../validation/field_error.ts";
import type { ServedResource } from "../discovery/resources.ts";
import { type Part, partOf } from "../defaults/pod_defaults.ts";

interface ReviewRequest {
  readonly resource: ServedResource;
  readonly object: KubeObject;
  /** Who asks. */
  readonly user: User;
  readonly namespace: string;
}

/** Whether the resource is one that is only ever asked, and never kept. */
export function isReview({ group }: ServedResource): boolean {
  return group === "authentication.k8s.io" || group === "authorization.k8s.io";
}

/** @throws {InvalidError} 422 for a review that asks nothing */
export function review(state: ApiState, request: ReviewRequest): Part {
  const { resource, object, user } = request;
  const { kind } = resource;
  const type = { kind, apiVersion: apiVersionOf(resource) };
  const spec = partOf(object["spec"]);
  switch (kind) {
    case "SelfSubjectReview": {
      const { username, groups, uid } = user;
      const userInfo = { username, ...(uid === undefined ? {} : { uid }), groups };
      return {
        ...type,
        metadata: { creationTimestamp: timestamp(state) },
        status: { userInfo },
      };
    }
    case "TokenReview":
      return { ...type, metadata: {}, spec, status: tokenStatus(state, spec) };
    case "SelfSubjectAccessReview":
      return { ...type, metadata: {}, spec, status: answer(state, { ...request, user }) };
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview":
      return {
        ...type,
        metadata: {},
        spec,
        status: answer(state, { ...request, user: subjectOf(spec) }),
      };
    default:
      throw methodNotAllowed();
  }
}

/**
 * Of a token that is not believed nothing but the error tells so: false is left out.
 * @throws {ApiError} 400 without a token
 */
function tokenStatus({ tokens }: ApiState, { token, audiences }: Part): Part {
  if (text(token) === "") throw badRequest("token is required for TokenReview in authentication");
  const asked = (audiences ?? []) as readonly string[];
  const verdict = tokens.review(text(token), asked.length === 0 ? API_AUDIENCES : asked);
  return "user" in verdict ? { authenticated: true, ...verdict } : { user: {}, ...verdict };
}

function answer(state: ApiState, { resource, object, user }: ReviewRequest): Part {
  const { resourceAttributes, nonResourceAttributes } = partOf(object["spec"]);
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    const cause = invalid("spec.resourceAttributes", null, why);
    // The real server asks the object for its kind, which has lost it.
    throw InvalidError.invalid({ group: resource.group, kind: "", name: "" }, [cause]);
  }
  const asked = resourceAttributes === undefined
    ? pathAttributes(partOf(nonResourceAttributes))
    : resourceAttributesOf(partOf(resourceAttributes));
  const { isAllowed, reason } = decide(state, user, asked);
  return { allowed: isAllowed, ...(reason === undefined ? {} : { reason }) };
}

function subjectOf({ user, groups }: Part): User {
  return { username: text(user), groups: (groups ?? []) as string[] };
}

function pathAttributes({ verb, path }: Part): Attributes {
  return { verb: text(verb), path: text(path) };
}

function resourceAttributesOf(given: Part): Attributes {
  return {
    verb: text(given["verb"]),
    group: text(given["group"]),
    resource: text(given["resource"]),
    subresource: text(given["subresource"]),
    namespace: text(given["namespace"]),
    name: text(given["name"]),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
