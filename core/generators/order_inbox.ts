/**
 * Orders on their way to whoever carries them out: each of them once and in the order of their numbers,
 * however often they come, those that came before anybody listened first.
 * @module
 */

import type { Order } from "./order.ts";

type Listener = (order: Order) => void;

export class OrderInbox {
  readonly #received: Order[] = [];
  readonly #listeners = new Set<Listener>();

  receive(order: Order): void {
    if (order.order <= (this.#received.at(-1)?.order ?? 0)) return;
    this.#received.push(order);
    for (const listener of [...this.#listeners]) listener(order);
  }

  /** As {@link import("./coordinator.ts").Coordinator.onOrder}. */
  subscribe(listener: Listener): () => void {
    this.#received.forEach(listener);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
