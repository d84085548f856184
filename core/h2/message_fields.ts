/**
 * Are the fields of a message such as RFC 9113, section 8, wants them? What is not is malformed, and
 * ends its stream (section 8.1.1). Says nothing of what the fields mean.
 * @module
 */

import { StreamError } from "./errors.ts";
import type { HeaderField } from "./header_field.ts";

/** Section 8.2.1: no upper case, no space, no colon; what else RFC 9110 has in a name. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]|^[ \t]|[ \t]$/;

/** Section 8.2.2: they are about a connection of HTTP/1.1. */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Names are few and come again: those that were found right, so that each is looked at once. */
const MOST_KNOWN_NAMES = 1_000;
const knownNames = new Set<string>();

/**
 * Looks at fields of any message; calls back for each pseudo-header field and leaves it to that
 * whether it may be there.
 */
export function checkFields(
  streamId: number,
  fields: readonly HeaderField[],
  onPseudo: (name: string, value: string) => void,
): void {
  let hasRegular = false;
  for (const [name, value] of fields) {
    if (name.charCodeAt(0) === 0x3a) {
      if (hasRegular) throw malformed(streamId, "8.3: pseudo-header fields come first");
      onPseudo(name, value);
    } else {
      hasRegular = true;
      checkName(streamId, name, value);
    }
    if (FORBIDDEN_IN_VALUE.test(value)) {
      throw malformed(
        streamId,
        `8.2.1: the value of ${name} has a character that may not be there`,
      );
    }
  }
}

/** Trailers have no pseudo-header fields, and are the end: section 8.1. */
export function checkTrailers(
  streamId: number,
  fields: readonly HeaderField[],
  endStream: boolean,
): void {
  if (!endStream) throw malformed(streamId, "8.1: HEADERS after a body end the stream");
  checkFields(streamId, fields, (name) => {
    throw malformed(streamId, `8.1: no ${name} among trailers`);
  });
}

/**
 * @returns -1 if there is none
 * @throws {StreamError} if it is no number, or there are two that differ
 */
export function contentLengthOf(streamId: number, fields: readonly HeaderField[]): number {
  let bytes = -1;
  for (const [name, value] of fields) {
    if (name !== "content-length") continue;
    const isSame = bytes === -1 || bytes === Number(value);
    if (!/^\d{1,15}$/.test(value) || !isSame) {
      throw malformed(streamId, "8.1.1: content-length is one number");
    }
    bytes = Number(value);
  }
  return bytes;
}

export function malformed(streamId: number, rule: string): StreamError {
  return new StreamError(streamId, "PROTOCOL_ERROR", `RFC 9113, section ${rule}`);
}

function checkName(streamId: number, name: string, value: string): void {
  if (knownNames.has(name)) return;
  if (!NAME.test(name)) {
    throw malformed(streamId, `8.2.1: ${JSON.stringify(name)} is no name of a field`);
  }
  if (CONNECTION_SPECIFIC.has(name)) {
    throw malformed(streamId, `8.2.2: no ${name}, which is about a connection`);
  }
  if (name === "te") {
    if (value !== "trailers") throw malformed(streamId, '8.2.2: te is "trailers" or absent');
    return;
  }
  if (knownNames.size < MOST_KNOWN_NAMES) knownNames.add(name);
}
