/**
 * Objects whose keys are names from outside: labels, failure reasons, flags. The habit of the house
 * with such names: count in a Map, make the object with `Object.fromEntries`, read it with
 * `Object.entries` or {@link ownValue}. Then `constructor` and `__proto__` are names like any other;
 * `counts[name] = ...` and `counts[name] ?? 0` take them for what every object inherits.
 * @module
 */

import { z } from "zod";

/** The schema of such an object. Unlike `z.record` it keeps a key `__proto__`, and all of a value. */
export function namedValues<T>(value: z.ZodType<T>) {
  const { $schema: _, ...valueSchema } = z.toJSONSchema(value);
  return z.custom<Record<string, T>>((input) =>
    typeof input === "object" && input !== null && !Array.isArray(input) &&
    Object.values(input).every((one) => value.safeParse(one).success)
  ).meta({
    type: "object",
    propertyNames: { type: "string" },
    additionalProperties: valueSchema,
  });
}

/** What the object itself holds under a name from outside, and nothing that it inherits. */
export function ownValue<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Makes the name the object's own, also when it is one that an assignment has a meaning for. */
export function setOwnValue<T>(object: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(object, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
