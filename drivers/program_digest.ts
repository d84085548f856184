/**
 * Which program was this exactly? The digest of its executable.
 * @module
 */

import { createHash } from "node:crypto";

const CHUNK_BYTES = 1 << 20;

/** SHA-256 of the running executable, hex; run from the sources it is the runtime's. */
export function programDigest(): string {
  const hash = createHash("sha256");
  using file = Deno.openSync(Deno.execPath());
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let count = file.readSync(chunk); count !== null; count = file.readSync(chunk)) {
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex");
}
