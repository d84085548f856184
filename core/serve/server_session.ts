/** What a connection of a server is asked, whatever protocol it speaks. Types only. @module */

/** One accepted connection. */
export interface ServerSession {
  /** Requests whose answers are not over. */
  readonly openStreams: number;
  /** By the clock: when the last of them began or ended, or the connection began. */
  readonly lastActiveMs: number;
  /** No new requests; those that are open go on, and the connection ends with the last. */
  shutdown(): void;
  /** Ends it now: open exchanges are over. */
  cut(): void;
  /** Resolves when it is over and the connection closed. Never rejects. */
  readonly finished: Promise<void>;
}
