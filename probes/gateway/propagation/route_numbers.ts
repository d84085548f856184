/**
 * Which routes of a pass are what? Each has a number of its own, so that no name and no path is used
 * twice: a data plane may go on serving for a while what was deleted.
 * @module
 */

/** Routes that change while others are measured. */
const CHANGING_ROUTES = 20;

export interface RouteNumbersOptions {
  /** Routes that are there before. */
  readonly initial: number;
  /** Whether others change meanwhile. */
  readonly isChurned: boolean;
  /** Routes that are measured in each part. */
  readonly routes: number;
}

/** Numbers from 1. */
export class RouteNumbers {
  readonly #initial: number;
  readonly #changing: number;
  readonly #routes: number;

  constructor({ initial, isChurned, routes }: RouteNumbersOptions) {
    this.#initial = initial;
    this.#changing = isChurned ? CHANGING_ROUTES : 0;
    this.#routes = routes;
  }

  /** How many there are at a time at most. */
  get mostAtOnce(): number {
    return this.#changing + this.#initial + this.#routes;
  }

  /** Those that change. */
  changing(): number[] {
    return numbersFrom(1, this.#changing);
  }

  /** Those that are there before, and stay as they are. */
  initial(): number[] {
    return numbersFrom(1 + this.#changing, this.#initial);
  }

  /** @param part from 0 */
  measured(part: number): number[] {
    return numbersFrom(1 + this.#changing + this.#initial + part * this.#routes, this.#routes);
  }
}

function numbersFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
