/**
 * The fields that are not undefined, for options where absent means something. Not for what every
 * operation of a load passes through: a spread of a conditional costs it less.
 * @module
 */
export function given<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
