/** Which streams of a connection are open, and what is known of those that were. @module */

import { ClosedStreams, type Manner } from "./closed_streams.ts";
import { ReceiveWindow, SendWindow } from "./flow_control.ts";
import { INITIAL_SETTINGS } from "./settings.ts";
import { Stream, type StreamUser } from "./stream.ts";

export class Streams {
  /** So far. */
  started = 0;
  mostOpen = 0;
  readonly #open = new Map<number, Stream>();
  readonly #closed = new ClosedStreams();
  readonly #wantedWindowBytes: number;
  /** What the peer is held to on new ones. */
  #windowBytes: number;

  /**
   * @param windowBytes our INITIAL_WINDOW_SIZE. One that is smaller than the initial one counts only
   * once the peer has acknowledged it: RFC 9113, section 6.9.2
   */
  constructor(windowBytes: number) {
    this.#wantedWindowBytes = windowBytes;
    this.#windowBytes = Math.max(windowBytes, INITIAL_SETTINGS.initialWindowBytes);
  }

  get size(): number {
    return this.#open.size;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  [Symbol.iterator](): IterableIterator<Stream> {
    return this.#open.values();
  }

  /** The id is used, whether or not a stream begins: ids grow. */
  useId(id: number): void {
    this.#closed.begin(id);
  }

  begin(id: number, user: StreamUser, sendWindowBytes: number): Stream {
    const stream = new Stream(
      id,
      user,
      new SendWindow(sendWindowBytes),
      new ReceiveWindow(this.#windowBytes, this.#wantedWindowBytes),
    );
    this.#open.set(id, stream);
    this.started++;
    if (this.#open.size > this.mostOpen) this.mostOpen = this.#open.size;
    return stream;
  }

  end(id: number, manner: Manner): void {
    this.#open.delete(id);
    this.#closed.end(id, manner);
  }

  /** Of an id that was used and is not open. */
  mannerOfEnd(id: number): Manner {
    return this.#closed.mannerOf(id);
  }

  /** Takes all of them. */
  drain(): Stream[] {
    const all = [...this.#open.values()];
    this.#open.clear();
    return all;
  }

  /** The peer has acknowledged our settings. */
  onSettingsInForce(): void {
    const change = this.#wantedWindowBytes - this.#windowBytes;
    this.#windowBytes = this.#wantedWindowBytes;
    for (const stream of this) stream.receiveWindow.shift(change);
  }
}
