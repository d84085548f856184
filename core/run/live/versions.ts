/**
 * Values that change now and then, and which of them somebody has not seen yet. Knows nothing of who
 * that is: they say themselves what they have seen.
 * @module
 */

export class Versions<K, V> {
  readonly #values = new Map<K, { readonly value: V; readonly number: number }>();

  /** What is so at a moment; `number` grows from one to the next. What is not there any more is forgotten. */
  take(number: number, values: ReadonlyMap<K, V>): void {
    for (const key of this.#values.keys()) if (!values.has(key)) this.#values.delete(key);
    for (const [key, value] of values) {
      if (this.#values.get(key)?.value !== value) this.#values.set(key, { value, number });
    }
  }

  /** What has become as it is after that moment. */
  since(number: number): [K, V][] {
    return [...this.#values].filter(([, version]) => version.number > number)
      .map(([key, { value }]) => [key, value]);
  }
}
