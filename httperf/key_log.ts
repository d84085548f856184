/**
 * TLS key logs (NSS format). Deno's TLS honours SSLKEYLOGFILE only when it is set before the process
 * starts, so the program runs itself again with it. Source: the original wrote `<tmp>/<port>.keys`.
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotRunError, UsageError } from "../core/errors.ts";
import { replaceFile } from "../core/files.ts";
import type { PemPair } from "../core/net/pem_pair.ts";
import type { ProxyServer } from "../core/net/proxy.ts";

export const KEY_LOG_VARIABLE = "SSLKEYLOGFILE";
/** What `--keylog` without a file reads as. */
const AUTOMATIC = "true";

/** The file of `--keylog`; `port` is the listening port, else the port of the server. */
export function keyLogPath(given: string, port: number | undefined): string {
  return given === AUTOMATIC ? join(tmpdir(), `${port ?? "httperf"}.keys`) : given;
}

/** The first runtime whose TLS writes keys: found in 2.7.1, missing in 2.6.8. */
const FIRST_RUNTIME = { major: 2, minor: 7 };

/** @throws {CannotRunError} if this runtime writes no TLS keys, rather than leave an empty file */
export function requireKeyLog(runtime: string): void {
  const [major = 0, minor = 0] = runtime.split(".").map(Number);
  const isNewEnough = major > FIRST_RUNTIME.major ||
    (major === FIRST_RUNTIME.major && minor >= FIRST_RUNTIME.minor);
  if (isNewEnough) return;
  throw new CannotRunError(
    `Cannot write TLS keys: this program has Deno ${runtime} inside, and --keylog needs ` +
      `${FIRST_RUNTIME.major}.${FIRST_RUNTIME.minor} or newer`,
  );
}

/**
 * What Deno's own TLS cannot do is left to node:tls, which writes no keys (2.9.6).
 * @throws {UsageError} if the client's TLS is of that kind, rather than leave an empty file
 */
export function requireClientKeys(
  { insecure, http1, clientCert, proxy }: {
    readonly insecure: boolean;
    readonly http1: boolean;
    readonly clientCert: PemPair | undefined;
    readonly proxy: ProxyServer | undefined;
  },
): void {
  if (insecure) {
    throw new UsageError(
      "--keylog: a client with --insecure writes no TLS keys; name the server's authority with --ca, " +
        "or take the keys of the server",
    );
  }
  if (http1 || clientCert === undefined || proxy === undefined) return;
  throw new UsageError(
    `--keylog: a client with --cert behind a proxy (${proxy.from}) writes no TLS keys over HTTP/2; ` +
      "except the server with NO_PROXY, or take the keys of the server",
  );
}

/**
 * Makes the file anew, empty and for its owner only: it opens every connection that it lists, and in
 * a folder of all users somebody may have put a link at its name.
 * @throws {CannotRunError} if it cannot be written
 */
export function createKeyLog(path: string): void {
  if (isOther(path)) {
    throw new CannotRunError(
      `Cannot write the key log "${path}": a file is there that is none; name another file`,
    );
  }
  try {
    replaceFile(path, "", { mode: 0o600 });
  } catch (error) {
    throw new CannotRunError(`Cannot write the key log "${path}"`, { cause: error });
  }
}

/** Each line of a key log begins with a label such as CLIENT_RANDOM (NSS key log format). */
function isOther(path: string): boolean {
  try {
    if (!Deno.lstatSync(path).isFile) return false; // a link is replaced, and not followed
    const text = Deno.readTextFileSync(path);
    return text !== "" && !/^(?:#|[A-Z_0-9]+ [0-9a-f]{64} )/.test(text);
  } catch {
    return false;
  }
}
