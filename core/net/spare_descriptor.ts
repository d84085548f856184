/** A descriptor that is kept for the moment when none is left. @module */

/** Until it is disposed of. */
export class SpareDescriptor implements Disposable {
  /** Undefined when even this one is not to be had. */
  #file = opened();
  #isDisposed = false;

  /** What `use` does has one more descriptor to be done with. */
  lend(use: () => void): void {
    this.#file?.close();
    this.#file = undefined;
    try {
      use();
    } finally {
      if (!this.#isDisposed) this.#file = opened();
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#file?.close();
    this.#file = undefined;
  }
}

function opened(): Deno.FsFile | undefined {
  try {
    return Deno.openSync("/dev/null");
  } catch {
    return undefined;
  }
}
