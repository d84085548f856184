/**
 * What several generators say alike is said once. What only some of them say is said of these, once the
 * others had the time to say it too. Knows nothing of what is said.
 * @module
 */

interface Saying {
  readonly by: Set<number>;
  readonly sinceMs: number;
  readonly emit: (who: string) => void;
}

/** How long one waits for the others. */
const PATIENCE_MS = 1_000;

export class SaidOnce {
  readonly #waiting = new Map<string, Saying>();
  readonly #said = new Set<string>();

  /**
   * @param said `key`: equal for what is the same; `of`: who can say it now; `emit`: says it, `who`
   * being empty for all of them, or like `generators 0 and 2`
   */
  take(
    generator: number,
    { key, of, nowMs, emit }: {
      readonly key: string;
      readonly of: ReadonlySet<number>;
      readonly nowMs: number;
      readonly emit: (who: string) => void;
    },
  ): void {
    if (this.#said.has(key)) return;
    let saying = this.#waiting.get(key);
    if (saying === undefined) {
      this.#waiting.set(key, saying = { by: new Set(), sinceMs: nowMs, emit });
    }
    saying.by.add(generator);
    if ([...of].every((one) => saying.by.has(one))) this.#emit(key, saying, "");
  }

  /** Says what has waited long enough, by default all. */
  flush(nowMs = Infinity): void {
    for (const [key, saying] of this.#waiting) {
      if (nowMs - saying.sinceMs >= PATIENCE_MS) this.#emit(key, saying, namesOf(saying.by));
    }
  }

  #emit(key: string, { emit }: Saying, who: string): void {
    this.#waiting.delete(key);
    if (who === "") this.#said.add(key);
    emit(who);
  }
}

/** `generator 1`, `generators 0, 2 and 5`. */
export function namesOf(generators: Iterable<number>): string {
  const numbers = [...generators].sort((one, other) => one - other);
  if (numbers.length === 1) return `generator ${numbers[0]}`;
  return `generators ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}
