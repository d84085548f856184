/**
 * What is wrong with what a peer sent, and how much dies of it: the type tells. Told to the peer as a
 * code, to the user as a sentence that names the rule.
 * @module
 */

import { ERROR_CODES, type ErrorCodeName } from "./error_code.ts";

/** Ends the connection, with a GOAWAY. RFC 9113, section 5.4.1. */
export class ConnectionError extends Error {
  override name = "ConnectionError";
  readonly code: number;

  /** @param rule that was broken, e.g. `RFC 9113, section 6.5.2: ENABLE_PUSH is 0 or 1` */
  constructor(code: ErrorCodeName, readonly rule: string) {
    super(`${rule} (${code})`);
    this.code = ERROR_CODES[code];
  }
}

/** Ends one stream, with an RST_STREAM. RFC 9113, section 5.4.2. */
export class StreamError extends Error {
  override name = "StreamError";
  readonly code: number;

  /** @param rule that was broken */
  constructor(readonly streamId: number, readonly codeName: ErrorCodeName, readonly rule: string) {
    super(`${rule} (${codeName})`);
    this.code = ERROR_CODES[codeName];
  }
}
