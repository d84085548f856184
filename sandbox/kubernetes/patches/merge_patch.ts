/**
 * What does a JSON merge patch make of a value?
 * Source: RFC 7396, section 2.
 * @module
 */

import { ownValue, setOwnValue } from "../../../core/named_values.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The patched value; neither of the two given is changed. */
export function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else setOwnValue(merged, name, mergePatched(ownValue(merged, name), value));
  }
  return merged;
}
