/**
 * How does an API server word what is wrong with one field, and with several?
 * Source: apimachinery, pkg/util/validation/field/errors.go, pkg/util/errors and pkg/api/errors.
 * @module
 */

import { goQuote } from "../../../core/go_quote.ts";

/** The machine-readable kind of a complaint, as a Status cause has it. */
type CauseReason =
  | "FieldValueForbidden"
  | "FieldValueInvalid"
  | "FieldValueNotFound"
  | "FieldValueNotSupported"
  | "FieldValueRequired"
  | "FieldValueTooLong"
  | "FieldValueTooMany";

const WORDS: Readonly<Record<CauseReason, string>> = {
  FieldValueForbidden: "Forbidden",
  FieldValueInvalid: "Invalid value",
  FieldValueNotFound: "Not found",
  FieldValueNotSupported: "Unsupported value",
  FieldValueRequired: "Required value",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
};

/** One entry of a Status' details.causes. */
export interface FieldCause {
  readonly reason: CauseReason;
  /** Without the field. */
  readonly message: string;
  /** E.g. `metadata.labels`. */
  readonly field: string;
}

/** A text or number that cannot be used where it stands. */
export function invalid(field: string, value: unknown, detail: string): FieldCause {
  const shown = typeof value === "string" ? goQuote(value) : JSON.stringify(value);
  return {
    reason: "FieldValueInvalid",
    message: `${WORDS.FieldValueInvalid}: ${shown}: ${detail}`,
    field,
  };
}

/** A complaint that shows no value. */
export function complaint(
  field: string,
  reason: Exclude<CauseReason, "FieldValueInvalid">,
  detail = "",
): FieldCause {
  return { reason, message: detail === "" ? WORDS[reason] : `${WORDS[reason]}: ${detail}`, field };
}

/** `a: Invalid value: ...` or `[a: ..., b: ...]`, each complaint once. */
export function wordsOf(causes: readonly FieldCause[]): string {
  const words = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  return words.length === 1 ? words[0]! : `[${words.join(", ")}]`;
}

/** Of what a refusal speaks. */
interface Subject {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty if it has none. */
  readonly name: string;
}

/** An object, or options, that the server refuses. */
export class InvalidError extends Error {
  override name = "InvalidError";

  private constructor(
    message: string,
    /** 400: it cannot be read as what it should be; 422: it breaks a rule. */
    readonly code: 400 | 422,
    /** The Status' details; undefined with 400. */
    readonly details?: Partial<Subject> & { readonly causes: readonly FieldCause[] },
  ) {
    super(message);
  }

  get causes(): readonly FieldCause[] {
    return this.details?.causes ?? [];
  }

  static badRequest(message: string): InvalidError {
    return new InvalidError(message, 400);
  }

  /** `ConfigMap "a" is invalid: ...` */
  static invalid({ group, kind, name }: Subject, causes: readonly FieldCause[]): InvalidError {
    const groupKind = group === "" ? kind : `${kind}.${group}`;
    return new InvalidError(`${groupKind} ${goQuote(name)} is invalid: ${wordsOf(causes)}`, 422, {
      ...(name === "" ? {} : { name }),
      ...(group === "" ? {} : { group }),
      ...(kind === "" ? {} : { kind }),
      causes,
    });
  }
}
