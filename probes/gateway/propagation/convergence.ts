/**
 * Since when is a route served, and since when without a break? By its answers, in the order in which
 * they came; never asks.
 * @module
 */

import { Wakes } from "../../../core/load/wakes.ts";
import { type Answer, classOf, type Expected, isError } from "../answers/answer.ts";

/** Of one route at one data plane. */
export class Convergence {
  readonly #expected: Expected;
  readonly #consecutive: number;
  readonly #wakes = new Wakes();
  #firstMs: number | undefined;
  #runMs: number | undefined;
  #inARow = 0;

  /** @param options `consecutive`: good answers in a row that make it stable, at least 1 */
  constructor(options: { readonly expected: Expected; readonly consecutive: number }) {
    this.#expected = options.expected;
    this.#consecutive = options.consecutive;
  }

  /** Clock time of the first good answer. */
  get firstMs(): number | undefined {
    return this.#firstMs;
  }

  /** Clock time of the first of so many good answers in a row; undefined as long as there are fewer. */
  get stableMs(): number | undefined {
    return this.#inARow >= this.#consecutive ? this.#runMs : undefined;
  }

  /** @returns the class of an answer that is an error; undefined: it is none */
  take(answer: Answer): string | undefined {
    const answerClass = classOf(answer, this.#expected);
    if (answerClass === "expected") this.#good(answer.atMs);
    else this.#inARow = 0;
    this.#wakes.wake();
    return isError(answerClass) ? answerClass : undefined;
  }

  /** To be woken by answers. */
  readonly woken = this.#wakes.woken;

  #good(atMs: number): void {
    this.#firstMs ??= atMs;
    if (this.#inARow++ === 0) this.#runMs = atMs;
  }
}
