/**
 * How large is SQLite's write-ahead log, of each replica of Steve? What the ways to find out have in
 * common. Knows no way itself.
 * @module
 */

/** One Steve with its own database. */
export interface WalReplica {
  /** Tells it from the others, e.g. the pod's name. */
  readonly name: string;
  /**
   * Size of the file, bytes; it may be 0.
   * @throws {OperationFailedError} if it is not known: also if there is no file, because a Steve that
   * keeps its cache in SQLite has one from its start on
   */
  readBytes(signal: AbortSignal): Promise<number>;
}

export interface WalProbe {
  /**
   * Those there are now; at least one.
   * @throws {OperationFailedError} if there is none, or they are not known
   */
  replicas(signal: AbortSignal): Promise<readonly WalReplica[]>;
}
