/**
 * Which item is worked on next? A queue of things to look at rather than of events:
 * - Fair: items are handed out in the order in which they were added.
 * - Stingy: an item waits at most once, however often it is added meanwhile.
 * - Exclusive: an item is never processed by two consumers at a time. Added while it is processed,
 *   it waits again once it is done.
 * - Any number of producers and consumers; waiting consumers are served first come first served.
 * - Shutdown: nothing more is accepted, and what waits is still handed out.
 * Never looks at a clock, retries nothing and knows nothing about the items, which are told apart
 * as a Set does.
 * Source of the semantics: client-go, util/workqueue/doc.go and queue.go.
 * @module
 */

/** First in, first out, in constant time, because a long stall may queue very many. */
class Fifo<V> {
  #first: Link<V> | undefined;
  #last: Link<V> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: V): void {
    const link: Link<V> = { value, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#length++;
  }

  /** The first one in a box, so that an undefined value is not mistaken for none. */
  take(): { readonly value: V } | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#length--;
    return first;
  }
}

interface Link<V> {
  readonly value: V;
  next: Link<V> | undefined;
}

/** Every operation takes constant time. */
export class WorkQueue<T> {
  /** What waits, in order. Every item of it is in `dirty` and none is in `processing`. */
  readonly #queue = new Fifo<T>();
  /** What needs to be processed: all that waits, and what was added while it is processed. */
  readonly #dirty = new Set<T>();
  /** What was handed out and is not done yet. */
  readonly #processing = new Set<T>();
  /** Whom to hand the next item. Not empty only while `queue` is empty and not shutting down. */
  readonly #consumers = new Fifo<(item: T | undefined) => void>();
  readonly #drained = Promise.withResolvers<void>();
  #isShuttingDown = false;

  /** How many items wait; those that are processed do not count. */
  get length(): number {
    return this.#queue.length;
  }

  /** Says that the item needs to be processed; without effect after a shutdown. */
  add(item: T): void {
    if (this.#isShuttingDown || this.#dirty.has(item)) return;
    this.#dirty.add(item);
    if (!this.#processing.has(item)) this.#offer(item);
  }

  /**
   * The next item; waits for one. Its taker calls {@link done} when it was processed.
   * @returns undefined when the queue is shut down and nothing waits
   */
  get(): Promise<T | undefined> {
    const next = this.#queue.take();
    if (next !== undefined) {
      this.#handOut(next.value);
      return Promise.resolve(next.value);
    }
    if (this.#isShuttingDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#consumers.push(resolve));
  }

  /**
   * The item was processed; if it was added again meanwhile, it waits again.
   * @throws {RangeError} if it is not being processed
   */
  done(item: T): void {
    if (!this.#processing.delete(item)) {
      throw new RangeError(
        `Cannot mark ${String(item)} as done: expected an item that get() handed out before`,
      );
    }
    if (this.#dirty.has(item)) this.#offer(item);
    this.#resolveIfDrained();
  }

  /** From now on nothing is accepted, and get() gives what still waits, then undefined. */
  shutDown(): void {
    if (this.#isShuttingDown) return;
    this.#isShuttingDown = true;
    for (
      let consumer = this.#consumers.take();
      consumer !== undefined;
      consumer = this.#consumers.take()
    ) consumer.value(undefined);
    this.#resolveIfDrained();
  }

  /**
   * {@link shutDown}, and resolves when nothing waits or is processed any more. It is the consumers
   * who bring that about: without them it never resolves while something waits.
   */
  shutDownWithDrain(): Promise<void> {
    this.shutDown();
    return this.#drained.promise;
  }

  /** To the consumer who waits longest, else to the end of the line. */
  #offer(item: T): void {
    const consumer = this.#consumers.take();
    if (consumer === undefined) {
      this.#queue.push(item);
      return;
    }
    this.#handOut(item);
    consumer.value(item);
  }

  #handOut(item: T): void {
    this.#dirty.delete(item);
    this.#processing.add(item);
  }

  #resolveIfDrained(): void {
    if (this.#isShuttingDown && this.#dirty.size === 0 && this.#processing.size === 0) {
      this.#drained.resolve();
    }
  }
}
