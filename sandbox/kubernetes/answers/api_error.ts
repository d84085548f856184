/**
 * How does a refusal look? Every Status that the stand-in answers, in the words of the real server,
 * because commands and their users read them.
 * Source: apimachinery, pkg/api/errors ; apiserver, pkg/registry.
 * @module
 */

import type { Resource } from "../../../kube/resource.ts";
import { resourceName } from "../../../kube/resource.ts";

interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface Refusal {
  readonly code: number;
  /** Absent for errors that the real server does not know itself, status 500. */
  readonly reason?: string;
  readonly message: string;
  readonly details?: StatusDetails;
  /** Of the Status: the token with which an expired list goes on. */
  readonly metadata?: { readonly continue?: string };
}

/** A refusal on its way to the client. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }

  /** As it is sent. */
  get status(): Record<string, unknown> {
    const { code, reason, message, details, metadata = {} } = this.refusal;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** Group and plural or kind, as details carry them. */
function about(
  { group }: Pick<Resource, "group">,
  { name, kind }: { name?: string; kind: string },
): StatusDetails {
  return {
    ...(name === undefined || name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    ...(kind === "" ? {} : { kind }),
  };
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: "BadRequest", message });
}

export function requestTooLarge(mostBytes: number): ApiError {
  return new ApiError({
    code: 413,
    reason: "RequestEntityTooLarge",
    message: `Request entity too large: limit is ${mostBytes}`,
  });
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError({
    code: 404,
    reason: "NotFound",
    message: `${resourceName(resource)} "${name}" not found`,
    details: about(resource, { name, kind: resource.plural }),
  });
}

/** The path leads to no resource, or to none of its subresources. */
export function noSuchResource(): ApiError {
  const message = "the server could not find the requested resource";
  return new ApiError({ code: 404, reason: "NotFound", message, details: {} });
}

export function methodNotAllowed(): ApiError {
  const message = "the server does not allow this method on the requested resource";
  return new ApiError({ code: 405, reason: "MethodNotAllowed", message, details: {} });
}

export function alreadyExists(
  resource: Resource,
  { name, isBeingDeleted = false }: { name: string; isBeingDeleted?: boolean },
): ApiError {
  const message = `${resourceName(resource)} "${name}" already exists`;
  return new ApiError({
    code: 409,
    reason: "AlreadyExists",
    message: isBeingDeleted ? `object is being deleted: ${message}` : message,
    details: about(resource, { name, kind: resource.plural }),
  });
}

/** @param why after the colon; `kind`: what the object is called, its resource unless given */
export function conflict(
  resource: Resource,
  { name, why, kind }: { name: string; why: string; kind?: string },
): ApiError {
  const called = kind ?? resource.plural;
  const group = resource.group === "" ? "" : `.${resource.group}`;
  return new ApiError({
    code: 409,
    reason: "Conflict",
    message: `Operation cannot be fulfilled on ${called}${group} "${name}": ${why}`,
    details: about(resource, { name, kind: called }),
  });
}

export function modified(resource: Resource, name: string): ApiError {
  const why =
    "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(resource, { name, why });
}

export function forbidden(
  resource: Resource,
  { name = "", why, causes }: { name?: string; why: string; causes?: readonly StatusCause[] },
): ApiError {
  const named = name === "" ? "" : ` "${name}"`;
  return new ApiError({
    code: 403,
    reason: "Forbidden",
    message: `${resourceName(resource)}${named} is forbidden: ${why}`,
    details: {
      ...about(resource, { name, kind: resource.plural }),
      ...(causes === undefined ? {} : { causes }),
    },
  });
}

export function forbiddenPath(why: string): ApiError {
  return new ApiError({
    code: 403,
    reason: "Forbidden",
    message: `forbidden: ${why}`,
    details: {},
  });
}

/** The history that was asked for is gone; a client lists anew. */
export function expired(message: string, continueToken?: string): ApiError {
  return new ApiError({
    code: 410,
    reason: "Expired",
    message,
    ...(continueToken === undefined ? {} : { metadata: { continue: continueToken } }),
  });
}

export function tooLargeVersion(
  { wanted, current }: { wanted: number; current: number },
): ApiError {
  return new ApiError({
    code: 504,
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });
}

/** An error that the real server hands on without a reason. */
export function serverError(message: string): ApiError {
  return new ApiError({ code: 500, message });
}
