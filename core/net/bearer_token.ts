/**
 * A token that whoever asks has to show, as RFC 6750 section 2.1 has it: made, read and compared. Where
 * it is kept is nobody's business here.
 * @module
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Nobody guesses 128 bits. */
const TOKEN_BYTES = 16;
/** Fewer characters can be tried one after the other. */
const FEWEST_CHARACTERS = 16;
const MOST_CHARACTERS = 256;
/** b64token, without what a URL would write otherwise: one is handed over in a fragment. */
const TOKEN = /^[A-Za-z0-9._~-]+=*$/;

/** Another one each time; never from a seed. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** @throws {SyntaxError} that does not quote it, if it is too short or holds other characters */
export function parseToken(text: string): string {
  const isLongEnough = text.length >= FEWEST_CHARACTERS && text.length <= MOST_CHARACTERS;
  if (isLongEnough && TOKEN.test(text)) return text;
  throw new SyntaxError(
    `must be ${FEWEST_CHARACTERS} to ${MOST_CHARACTERS} of A-Z, a-z, 0-9, ".", "_", "~" and "-"`,
  );
}

/** What the request shows; undefined: none. */
export function shownToken({ headers }: Pick<Request, "headers">): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** In a time that tells nothing of where they differ. */
export function isSameToken(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
