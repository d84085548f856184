/**
 * Objects whose keys are names from outside: labels, failure reasons, flags. The habit of the house
 * with such names: count in a Map, make the object with `Object.fromEntries`, read it with
 * `Object.entries` or {@link ownValue}. Then `constructor` and `__proto__` are names like any other;
 * `counts[name] = ...` and `counts[name] ?? 0` take them for what every object inherits.
 * @module
 */

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
