/**
 * The write-ahead log of a Steve on this machine: the file itself. Reads its size and nothing else.
 * @module
 */

import { messageOf, OperationFailedError } from "../../../core/errors.ts";
import type { WalProbe } from "./wal_probe.ts";

/** @param path of the `-wal` file */
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
