/**
 * A table of what was seen, a row for each change, as `kubectl get --watch` prints it. Bounded: the
 * first rows and the last ones stay, and a line between them tells how many there were.
 * @module
 */

import { columns, formatTable } from "../../../core/report/table.ts";
import { printable } from "../../../core/say.ts";

const MOST_AT_EACH_END = 5_000;

export class WatchLog {
  readonly #titles: readonly string[];
  readonly #mostAtEachEnd: number;
  readonly #first: (readonly string[])[] = [];
  readonly #last: (readonly string[])[] = [];
  #left = 0;

  /** @param options.mostAtEachEnd rows from the beginning, and as many from the end (5,000) */
  constructor(
    titles: readonly string[],
    { mostAtEachEnd = MOST_AT_EACH_END }: { mostAtEachEnd?: number } = {},
  ) {
    this.#titles = titles;
    this.#mostAtEachEnd = mostAtEachEnd;
  }

  /** @param cells nothing in them reaches a terminal that is no text */
  add(...cells: readonly string[]): void {
    const row = cells.map(printable);
    if (this.#first.length < this.#mostAtEachEnd) return void this.#first.push(row);
    this.#last.push(row);
    // Now and then, because to take away the first one of many takes time.
    if (this.#last.length >= 2 * this.#mostAtEachEnd) this.#shorten();
  }

  /** Titles, then rows in the order in which they were added. */
  text(): string {
    this.#shorten();
    const titles = columns(...this.#titles);
    const lines = formatTable(titles, [...this.#first, ...this.#last]);
    if (this.#left > 0) {
      lines.splice(1 + this.#first.length, 0, `# ${this.#left} rows are left out here`);
    }
    return lines.map((line) => `${line}\n`).join("");
  }

  #shorten(): void {
    const surplus = this.#last.length - this.#mostAtEachEnd;
    if (surplus <= 0) return;
    this.#last.splice(0, surplus);
    this.#left += surplus;
  }
}
