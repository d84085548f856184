/** What goes on around the stable route, for what is said of its answers. @module */

/** `restart`: from the beginning of the restart until the Gateway serves a route that was made after it. */
export type During = "churn" | "restart";

/** Of one load. */
export class ChurnProgress {
  #restartedMs: number | undefined;
  readonly #recovered = new Set<string>();

  restarts(atMs: number): void {
    this.#restartedMs = atMs;
  }

  /** @param gateway its tag */
  recovers(gateway: string): void {
    this.#recovered.add(gateway);
  }

  /** At a Gateway, now. */
  during(gateway: string): During {
    return this.#restartedMs === undefined || this.#recovered.has(gateway) ? "churn" : "restart";
  }

  /** Since the restart began, on the clock of `atMs`; undefined: it has not begun. */
  sinceRestartMs(atMs: number): number | undefined {
    return this.#restartedMs === undefined ? undefined : atMs - this.#restartedMs;
  }
}
