/**
 * The schema of objects whose keys are names from outside (core/named_values.ts). Apart from them,
 * because what only reads such an object need not load the library of schemas.
 * @module
 */

import * as z from "zod";

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
