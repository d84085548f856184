/**
 * Where does a message wait whose socket takes no more? In a queue of a fixed length; who finds it full
 * is told so. WebSocket has no event for free space, so sockets that are behind are looked at again
 * after a moment.
 * Source: rancher/apiserver v0.10.0, pkg/subscribe/watcher.go: the channel of 100 events of a socket.
 * @module
 */

import type { FixedDelayQueue } from "./fixed_delay_queue.ts";

export interface OutboxOptions {
  /** Those that are behind; calls {@link Outbox.drain} of each. */
  readonly behind: FixedDelayQueue<Outbox>;
  readonly queueMessages: number;
  readonly socketBufferBytes: number;
  /** Called for each message that a socket takes. */
  readonly onSent: () => void;
}

export class Outbox {
  readonly #socket: WebSocket;
  readonly #options: OutboxOptions;
  /** Undefined while all is sent: most sockets never need it. */
  #waiting: string[] | undefined;

  constructor(socket: WebSocket, options: OutboxOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** @returns whether there was a place for it */
  offer(text: string): boolean {
    if (this.#waiting !== undefined && this.#waiting.length >= this.#options.queueMessages) {
      return false;
    }
    this.put(text);
    return true;
  }

  /** Also without a place: what the server waits for as long as it takes. */
  put(text: string): void {
    if (this.#waiting === undefined && this.#hasRoom()) return this.#send(text);
    if (this.#waiting === undefined) {
      this.#waiting = [];
      this.#options.behind.add(this);
    }
    this.#waiting.push(text);
  }

  drain(): void {
    const waiting = this.#waiting ?? [];
    let count = 0;
    while (count < waiting.length && this.#hasRoom()) this.#send(waiting[count++]!);
    if (count === waiting.length) {
      this.#waiting = undefined;
      return;
    }
    this.#waiting = waiting.slice(count);
    this.#options.behind.add(this);
  }

  #hasRoom(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN ||
      this.#socket.bufferedAmount < this.#options.socketBufferBytes;
  }

  /** Of a socket that has closed, everything is forgotten. */
  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    this.#options.onSent();
  }
}
