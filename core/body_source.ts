/** Where the bytes of a message come from that this end sends. Types only. @module */

/** Asked for bytes when the connection can take some, so that a slow reader slows it down. */
export interface BodySource {
  /**
   * The next bytes, at most `mostBytes` of them; undefined: none now, and `wake` is called when there
   * are; null: the body has ended. Not written to, and looked at before the next call only.
   *
   * An empty piece says that there are bytes, and is the answer only when `mostBytes` is 0: so it is
   * asked when nothing may be sent, as the end of a body may be sent all the same.
   */
  next(mostBytes: number): Uint8Array | undefined | null;
  /** Called once, before the first `next`. */
  start?(wake: () => void): void;
  /** Called once if it is given up before its end. */
  cancel?(): void;
}
