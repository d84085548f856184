/**
 * Which of the limits that its definition sets does an object of a custom kind break, in the server's
 * words? Conditions in CEL are met unless they are known (known_rules.ts).
 * Source: apiextensions-apiserver, pkg/apiserver/validation and pkg/registry/customresource; the words
 * as kube-apiserver 1.36 answers them.
 * @module
 */

import type { Schema } from "../discovery/schema.ts";
import { complaint, type FieldCause, invalid } from "./field_error.ts";
import { isMet } from "./known_rules.ts";

/** After these, conditions are not looked at: they would have to read what is not there, or too much. */
const BLOCKING: ReadonlySet<string> = new Set(["FieldValueRequired", "FieldValueTooMany"]);

const NOT_CHECKED: FieldCause = {
  reason: "FieldValueInvalid",
  message: "Invalid value: null: some validation rules were not checked because the object was " +
    "invalid; correct the existing errors to complete validation",
  field: "<nil>",
};

/** In the server's order. */
export function schemaCauses(object: unknown, schema: Schema = {}): FieldCause[] {
  const broken = causesIn({ value: object, schema, path: "" }, limitCauses);
  const isBlocked = broken.some(({ reason }) => BLOCKING.has(reason));
  if (isBlocked) return hasRules(schema) ? [...broken, NOT_CHECKED] : broken;
  return [...broken, ...causesIn({ value: object, schema, path: "" }, ruleCauses)];
}

interface Field {
  readonly value: unknown;
  readonly schema: Schema;
  /** `spec.rules[0].matches` */
  readonly path: string;
}

function causesIn(field: Field, look: (field: Field) => FieldCause[]): FieldCause[] {
  return [...look(field), ...partsOf(field).flatMap((part) => causesIn(part, look))];
}

function partsOf({ value, schema: { items, properties = {} }, path }: Field): Field[] {
  if (Array.isArray(value)) {
    if (items === undefined) return [];
    return value.map((item, index) => ({ value: item, schema: items, path: `${path}[${index}]` }));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(properties).map(([name, schema]) => ({
    value: (value as Record<string, unknown>)[name],
    schema,
    path: path === "" ? name : `${path}.${name}`,
  }));
}

function limitCauses({ value, schema, path }: Field): FieldCause[] {
  const { required = [], pattern, minItems = 0, maxItems = Infinity } = schema;
  const { minimum = -Infinity } = schema;
  if (Array.isArray(value)) {
    const { length } = value;
    if (length > maxItems) {
      return [
        complaint(path, "FieldValueTooMany", `${length}: must have at most ${maxItems} items`),
      ];
    }
    const tooFew = `${path} in body should have at least ${minItems} items`;
    return length < minItems ? [invalid(path, length, tooFew)] : [];
  }
  if (typeof value === "string") {
    if (pattern === undefined || new RegExp(pattern).test(value)) return [];
    return [invalid(path, value, `${path} in body should match '${pattern}'`)];
  }
  if (typeof value === "number" && value < minimum) {
    const said = `${path} in body should be greater than or equal to ${minimum}`;
    return [invalid(path, value, said)];
  }
  if (typeof value !== "object" || value === null) return [];
  return required.filter((name) => (value as Record<string, unknown>)[name] === undefined)
    .map((name) => complaint(path === "" ? name : `${path}.${name}`, "FieldValueRequired"));
}

function ruleCauses({ value, schema, path }: Field): FieldCause[] {
  if (value === undefined) return [];
  return (schema["x-kubernetes-validations"] ?? [])
    .filter(({ rule }) => !isMet(rule, value))
    .map(({ message }) => ({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${message}`,
      field: path,
    }));
}

function hasRules({ items, properties = {}, "x-kubernetes-validations": rules }: Schema): boolean {
  return rules !== undefined || (items !== undefined && hasRules(items)) ||
    Object.values(properties).some(hasRules);
}
