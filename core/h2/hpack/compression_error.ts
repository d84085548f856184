/** A field block that cannot be decoded: the tables of both ends are no longer alike. @module */

import { ConnectionError } from "../errors.ts";

/** RFC 9113, section 4.3. @param section of RFC 7541 that is broken @param rule what it says */
export function compressionError(section: string, rule: string): ConnectionError {
  return new ConnectionError("COMPRESSION_ERROR", `RFC 7541, section ${section}: ${rule}`);
}
