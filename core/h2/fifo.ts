/** First in, first out, however many there are: `Array.shift` moves all that stay. @module */

/** So many places at the start are given up at a time. */
const MOST_EMPTY = 1_024;

export class Fifo<Item> {
  #items: Item[] = [];
  #first = 0;

  get isEmpty(): boolean {
    return this.#first === this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#first++]!;
    if (this.#first >= MOST_EMPTY || this.isEmpty) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes all of them. */
  drain(): Item[] {
    const items = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    return items;
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.slice(this.#first).values();
  }
}
