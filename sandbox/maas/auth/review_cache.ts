/**
 * What has been reviewed a while ago? Keeps what succeeded for its time, unless it is too large for one
 * entry: then it is as if it had never been there, and nobody is told.
 * Source: coocood/freecache, NewCache and segment.set (an entry has at most a 1,024th of the cache),
 * with 24 bytes of head; Kuadrant/authorino, pkg/evaluators/cache.go.
 * @module
 */

const ENTRIES_AT_LEAST = 1_024;
const HEAD_BYTES = 24;

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
  readonly untilMs: number;
}

export class ReviewCache<T> {
  /** The oldest first. */
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;

  get(key: string, nowMs: number): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (nowMs < entry.untilMs) return entry.value;
    this.#remove(key, entry);
    return undefined;
  }

  /** @returns whether it is kept. @param options.bytes of the value as it would be stored */
  put(
    key: string,
    value: T,
    { bytes, untilMs, cacheBytes }: {
      readonly bytes: number;
      readonly untilMs: number;
      readonly cacheBytes: number;
    },
  ): boolean {
    const size = key.length + bytes;
    if (size > Math.floor(cacheBytes / ENTRIES_AT_LEAST) - HEAD_BYTES) return false;
    const before = this.#entries.get(key);
    if (before !== undefined) this.#remove(key, before);
    this.#entries.set(key, { value, bytes: size, untilMs });
    this.#bytes += size + HEAD_BYTES;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= cacheBytes) break;
      this.#remove(oldest, entry);
    }
    return true;
  }

  #remove(key: string, { bytes }: Entry<T>): void {
    this.#entries.delete(key);
    this.#bytes -= bytes + HEAD_BYTES;
  }
}
