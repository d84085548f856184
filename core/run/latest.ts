/**
 * What a run measured last, for who watches it. Generators tell of the same second at different times:
 * of those it is shown when all have told of it.
 * @module
 */

import { type Interval, secondOf } from "../measure/interval.ts";
import { Totals } from "../measure/totals.ts";

/** What is new of a stage; undefined: between stages. */
interface LatestPart {
  readonly stage: number | undefined;
  readonly totals: Totals;
}

/** See the module. */
export class Latest {
  /** The last second alone; of generators, the last one that they have told of. */
  second = new Totals();
  /** Of how many seconds of the run all generators have told. */
  toldSeconds = 0;
  readonly #hasGenerators: boolean;
  readonly #parts = new Map<string, LatestPart>();
  /** With generators: of seconds that not all of them have told of yet. */
  #untold: Interval[] = [];

  constructor({ hasGenerators }: { readonly hasGenerators: boolean }) {
    this.#hasGenerators = hasGenerators;
  }

  /** What is new since it was cleared, each stage by itself, of generators also each second; in order of time. */
  get parts(): readonly LatestPart[] {
    return [...this.#parts.values()]
      .sort((one, other) => one.totals.startMs - other.totals.startMs);
  }

  add(interval: Interval): void {
    if (this.#hasGenerators) this.#untold.push(interval);
    else this.#show(interval, this.second);
  }

  /** What was shown so far is not new any more. */
  clear(): void {
    this.#parts.clear();
    // Of generators the next one may be late, which is no second without load.
    if (!this.#hasGenerators) this.second = new Totals();
  }

  /** Shows what generators have told of by now. */
  showTold(): void {
    const isTold = (interval: Interval) => secondOf(interval) < this.toldSeconds;
    const told = this.#untold.filter(isTold);
    if (told.length === 0) return;
    this.#untold = this.#untold.filter((interval) => !isTold(interval));
    const last = Math.max(...told.map(secondOf));
    this.second = new Totals();
    for (const interval of told) {
      const number = secondOf(interval);
      this.#show(interval, number === last ? this.second : undefined, number);
    }
  }

  #show(interval: Interval, second: Totals | undefined, number?: number): void {
    second?.add(interval);
    const { stage } = interval;
    const key = `${stage} ${number}`;
    let part = this.#parts.get(key);
    if (part === undefined) this.#parts.set(key, part = { stage, totals: new Totals() });
    part.totals.add(interval);
  }
}
