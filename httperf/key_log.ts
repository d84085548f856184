/**
 * TLS key logs (NSS format). Deno's TLS honours SSLKEYLOGFILE only when it is set before the process
 * starts, so the program runs itself again with it. Source: the original wrote `<tmp>/<port>.keys`.
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotRunError } from "../core/errors.ts";

export const KEY_LOG_VARIABLE = "SSLKEYLOGFILE";
/** What `--keylog` without a file reads as. */
const AUTOMATIC = "true";

/** The file of `--keylog`; `port` is the listening port, else the port of the server. */
export function keyLogPath(given: string, port: number | undefined): string {
  return given === AUTOMATIC ? join(tmpdir(), `${port ?? "httperf"}.keys`) : given;
}

/**
 * Makes the file, empty and for its owner only: it opens every connection that it lists.
 * @throws {CannotRunError} if it cannot be written
 */
export function createKeyLog(path: string): void {
  try {
    Deno.writeFileSync(path, new Uint8Array(), { mode: 0o600 });
    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o600);
  } catch (error) {
    throw new CannotRunError(`Cannot write the key log "${path}"`, { cause: error });
  }
}
