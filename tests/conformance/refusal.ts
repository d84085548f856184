/**
 * One request that is refused, and with which words; and the words that many refusals share.
 * @module
 */

import type { Asked } from "./subject.ts";

export interface Refusal extends Asked {
  readonly name: string;
  /** `CM` stands for the ConfigMaps of the test's namespace, `NS` for its name. */
  readonly path: string;
  readonly expects: {
    readonly code: number;
    readonly reason?: string;
    readonly message: string;
    readonly details?: unknown;
  };
}

/** One thing that is wrong with one field. */
export function invalid(
  kind: string,
  { name, field, reason, message, group }: {
    name?: string;
    field: string;
    reason: string;
    message: string;
    group?: string;
  },
): Refusal["expects"] {
  const called = group === undefined ? kind : `${kind}.${group}`;
  return {
    code: 422,
    reason: "Invalid",
    message: `${called} "${name ?? ""}" is invalid: ${field}: ${message}`,
    details: {
      ...(name === undefined ? {} : { name }),
      ...(group === undefined ? {} : { group }),
      kind,
      causes: [{ reason, message, field }],
    },
  };
}

export function badRequest(message: string): Refusal["expects"] {
  return { code: 400, reason: "BadRequest", message };
}

export function notFound(kind: string, name: string): Refusal["expects"] {
  return {
    code: 404,
    reason: "NotFound",
    message: `${kind} "${name}" not found`,
    details: { name, kind },
  };
}

export const NO_SUCH_RESOURCE: Refusal["expects"] = {
  code: 404,
  reason: "NotFound",
  message: "the server could not find the requested resource",
  details: {},
};
export const METHOD_NOT_ALLOWED: Refusal["expects"] = {
  code: 405,
  reason: "MethodNotAllowed",
  message: "the server does not allow this method on the requested resource",
  details: {},
};
