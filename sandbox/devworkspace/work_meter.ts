/** How much CPU time has been spent since somebody last asked? @module */

export class WorkMeter {
  #spentMs = 0;

  add(cpuMs: number): void {
    this.#spentMs += cpuMs;
  }

  /** Begins anew. */
  take(): number {
    const spentMs = this.#spentMs;
    this.#spentMs = 0;
    return spentMs;
  }
}
