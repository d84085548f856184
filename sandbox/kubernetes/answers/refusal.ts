/**
 * Which answer belongs to what was thrown on the way?
 * @module
 */

import { ApiError } from "./api_error.ts";
import { InvalidError } from "../validation/field_error.ts";
import { PatchError } from "../patches/patches.ts";

/** Of patches that cannot be applied; the others have none. */
const PATCH_REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  409: "Conflict",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
};

/** Undefined: none, it is a defect of this program. */
export function refusalOf(thrown: unknown): ApiError | undefined {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof PatchError) return patchRefusal(thrown);
  if (!(thrown instanceof InvalidError)) return undefined;
  const { code, message } = thrown;
  if (thrown.details === undefined) return new ApiError({ code, reason: "BadRequest", message });
  const { kind, ...details } = thrown.details;
  const named = kind ? { ...details, kind } : details;
  return new ApiError({ code, reason: "Invalid", message, details: named });
}

function patchRefusal({ code, message, causes }: PatchError): ApiError {
  const reason = PATCH_REASONS[code];
  // Errors that the server makes from a bare status have details, with nothing in them.
  const isBare = code === 422 || message.startsWith(`${code}: `);
  return new ApiError({
    code,
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(causes.length > 0 ? { details: { causes } } : isBare ? { details: {} } : {}),
  });
}
