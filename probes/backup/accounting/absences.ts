/** When was the operator away? Times of the run's clock. @module */

interface Absence {
  readonly fromMs: number;
  /** Infinity: it is away still. */
  untilMs: number;
}

/** See the module. */
export class Absences {
  readonly #absences: Absence[] = [];

  begin(atMs: number): void {
    if (this.#absences.at(-1)?.untilMs === Infinity) return;
    this.#absences.push({ fromMs: atMs, untilMs: Infinity });
  }

  end(atMs: number): void {
    const last = this.#absences.at(-1);
    if (last?.untilMs === Infinity) last.untilMs = atMs;
  }

  /** Whether it was away at any time from one to the other, both included. */
  overlap(fromMs: number, untilMs: number): boolean {
    return this.#absences.some((absence) => absence.fromMs <= untilMs && absence.untilMs >= fromMs);
  }
}
