/**
 * Names and uids that the server makes up.
 * Source: apiserver, pkg/storage/names/generate.go; apimachinery, pkg/util/rand.
 * @module
 */

import type { Rng } from "../../../core/load/rng.ts";

/** Without vowels and look-alikes, so that no words come about. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
const LONGEST_BASE = 63 - SUFFIX_LENGTH;

export function generatedName(base: string, rng: Rng): string {
  return base.slice(0, LONGEST_BASE) + suffix(rng);
}

export function suffix(rng: Rng): string {
  return Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[rng.integerBelow(ALPHABET.length)])
    .join("");
}

/** Of version 4. Source: RFC 9562, section 5.4. */
export function uuid(rng: Rng): string {
  const hex = (bits: number) => rng.integerBelow(2 ** bits).toString(16).padStart(bits / 4, "0");
  const variant = (8 + rng.integerBelow(4)).toString(16);
  return `${hex(32)}-${hex(16)}-4${hex(12)}-${variant}${hex(12)}-${hex(48)}`;
}
