/**
 * How large is SQLite's write-ahead log, of each replica of Steve? What the ways to find out have in
 * common, and the shortest: the file itself, on this machine.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";

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

/**
 * The file of a Steve on this machine: its size, and nothing else.
 * @param path of the `-wal` file
 */
export function fileProbe(path: string): WalProbe {
  return {
    replicas: () => Promise.resolve([{ name: "local", readBytes: () => sizeOf(path) }]),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (isFile) return size;
  } catch (cause) {
    const isAbsent = cause instanceof Deno.errors.NotFound;
    throw new OperationFailedError(
      isAbsent ? "not-found" : "other",
      isAbsent
        ? `There is no file "${path}"; expected the database's -wal file, which a Steve with --sql-cache has`
        : `Cannot look at "${path}": ${messageOf(cause)}`,
      { cause },
    );
  }
  throw new OperationFailedError("other", `Cannot use "${path}": it is no file`);
}
