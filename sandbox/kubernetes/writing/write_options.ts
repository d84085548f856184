/**
 * How does a client want its write to be done, and may it be asked so?
 * Source: apimachinery, pkg/apis/meta/v1/validation/validation.go.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";
import { type Cause, complaint, InvalidError } from "../validation/field_error.ts";
import { byteLength } from "../validation/names.ts";
import type { FieldValidation } from "../validation/validate.ts";
import { isTrue } from "../requests/request_info.ts";

export interface WriteOptions {
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
): WriteOptions {
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
export function refuse(kind: OptionsKind, causes: readonly Cause[]): void {
  if (causes.length === 0) return;
  throw InvalidError.invalid({ group: "meta.k8s.io", kind, name: "" }, causes);
}

export function dryRunCauses(values: readonly string[]): Cause[] {
  if (values.every((value) => value === "All")) return [];
  return [unsupported("dryRun", `[${values.map(goQuote).join(",")}]`, ["All"])];
}

/** @param shown the value, as the server quotes it */
export function unsupported(field: string, shown: string, supported: readonly string[]): Cause {
  const values = supported.map(goQuote).join(", ");
  return complaint(field, "FieldValueNotSupported", `${shown}: supported values: ${values}`);
}

function patchCauses(
  query: URLSearchParams,
  { isApply, manager }: { isApply: boolean; manager: string },
): Cause[] {
  if (isApply && manager === "") {
    return [complaint("fieldManager", "FieldValueRequired", "is required for apply patch")];
  }
  if (isApply || !query.has("force")) return [];
  return [complaint("force", "FieldValueForbidden", "may not be specified for non-apply patch")];
}

function managerCauses(manager: string): Cause[] {
  if (byteLength(manager) <= MANAGER_BYTES) return [];
  const why = `may not be more than ${MANAGER_BYTES} bytes`;
  return [complaint("fieldManager", "FieldValueTooLong", why)];
}

function validationCauses(value: string): Cause[] {
  if (FIELD_VALIDATIONS.includes(value)) return [];
  return [unsupported("fieldValidation", goQuote(value), FIELD_VALIDATIONS)];
}

/** `kubectl/v1.32.4 (linux/amd64)` -> `kubectl`. */
function agentName(userAgent: string): string {
  return userAgent.split("/")[0]!.slice(0, MANAGER_BYTES) || "unknown";
}
