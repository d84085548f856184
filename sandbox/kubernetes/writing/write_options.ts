/**
 * How does a client want its write to be done, or an object to be deleted, and may it be asked so?
 * Source: apimachinery, pkg/apis/meta/v1/types.go and validation/validation.go.
 * @module
 */

import { messageOf } from "../../../core/errors.ts";
import { goQuote } from "../../../core/go_quote.ts";
import { badRequest } from "../answers/api_error.ts";
import { complaint, type FieldCause, InvalidError } from "../validation/field_error.ts";
import { byteLength } from "../validation/names.ts";
import type { FieldValidation } from "../validation/validate.ts";
import { isTrue } from "../request_info.ts";

export interface AskedWrite {
  readonly isDryRun: boolean;
  /** Who owns the written fields; never empty. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Of an apply patch: takes over fields of other managers. */
  readonly force: boolean;
}

/** The kind of options, as refusals name it. */
export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

const MANAGER_BYTES = 128;
const FIELD_VALIDATIONS = ["", "Ignore", "Strict", "Warn"];

/**
 * @param options.userAgent names the field manager if the query does not
 * @param options.isApply an apply patch, which must name its manager itself
 * @throws {InvalidError} 422
 */
export function writeOptions(
  query: URLSearchParams,
  { kind, userAgent, isApply = false }: {
    kind: OptionsKind;
    userAgent: string;
    isApply?: boolean;
  },
): AskedWrite {
  const manager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") ?? "";
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  refuse(kind, [
    ...(kind === "PatchOptions" ? patchCauses(query, { isApply, manager }) : []),
    ...managerCauses(manager),
    ...dryRunCauses(dryRun),
    ...validationCauses(fieldValidation),
  ]);
  return {
    isDryRun: dryRun.length > 0,
    fieldManager: manager === "" ? agentName(userAgent) : manager,
    fieldValidation: fieldValidation === "" ? "Warn" : fieldValidation as FieldValidation,
    force: isTrue(query.get("force")),
  };
}

/** @throws {InvalidError} 422 unless there are no causes */
function refuse(kind: OptionsKind, causes: readonly FieldCause[]): void {
  if (causes.length === 0) return;
  throw InvalidError.invalid({ group: "meta.k8s.io", kind, name: "" }, causes);
}

function dryRunCauses(values: readonly string[]): FieldCause[] {
  if (values.every((value) => value === "All")) return [];
  return [unsupported("dryRun", `[${values.map(goQuote).join(",")}]`, ["All"])];
}

/** @param shown the value, as the server quotes it */
function unsupported(field: string, shown: string, supported: readonly string[]): FieldCause {
  const values = supported.map(goQuote).join(", ");
  return complaint(field, "FieldValueNotSupported", `${shown}: supported values: ${values}`);
}

function patchCauses(
  query: URLSearchParams,
  { isApply, manager }: { isApply: boolean; manager: string },
): FieldCause[] {
  if (isApply && manager === "") {
    return [complaint("fieldManager", "FieldValueRequired", "is required for apply patch")];
  }
  if (isApply || !query.has("force")) return [];
  return [complaint("force", "FieldValueForbidden", "may not be specified for non-apply patch")];
}

function managerCauses(manager: string): FieldCause[] {
  if (byteLength(manager) <= MANAGER_BYTES) return [];
  const why = `may not be more than ${MANAGER_BYTES} bytes`;
  return [complaint("fieldManager", "FieldValueTooLong", why)];
}

function validationCauses(value: string): FieldCause[] {
  if (FIELD_VALIDATIONS.includes(value)) return [];
  return [unsupported("fieldValidation", goQuote(value), FIELD_VALIDATIONS)];
}

/** `kubectl/v1.32.4 (linux/amd64)` -> `kubectl`. */
function agentName(userAgent: string): string {
  return userAgent.split("/")[0]!.slice(0, MANAGER_BYTES) || "unknown";
}

export type Propagation = "Foreground" | "Background" | "Orphan";

export interface AskedDelete {
  readonly isDryRun: boolean;
  readonly propagation: Propagation;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
}

/** As the server itself deletes. */
export const DELETE_NOW: AskedDelete = {
  isDryRun: false,
  propagation: "Background",
  preconditions: {},
};

interface Given {
  readonly dryRun?: readonly string[];
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions?: AskedDelete["preconditions"];
}

const POLICIES = ["Foreground", "Background", "Orphan"];

/**
 * Of a DELETE: in the body or in the query.
 * @throws {ApiError} 400 for a body that cannot be read
 * @throws {InvalidError} 422 for one that asks for what is not there
 */
export function deleteOptions(query: URLSearchParams, body: string): AskedDelete {
  const { dryRun = [], propagationPolicy, orphanDependents, preconditions = {} } = body === ""
    ? ofQuery(query)
    : ofBody(body);
  refuse("DeleteOptions", [
    ...dryRunCauses(dryRun),
    ...(propagationPolicy === undefined || POLICIES.includes(propagationPolicy)
      ? []
      : [unsupported("propagationPolicy", goQuote(propagationPolicy), [...POLICIES, "nil"])]),
  ]);
  const propagation =
    (propagationPolicy ?? (orphanDependents ? "Orphan" : "Background")) as Propagation;
  return { isDryRun: dryRun.length > 0, propagation, preconditions };
}

function ofBody(text: string): Given {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
}

function ofQuery(query: URLSearchParams): Given {
  const policy = query.get("propagationPolicy");
  return {
    dryRun: query.getAll("dryRun").filter((value) => value !== ""),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    orphanDependents: isTrue(query.get("orphanDependents")),
  };
}
