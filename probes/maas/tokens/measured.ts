/**
 * What the tokens probe records: every series is tagged {tokens}, how many users there are, so that a
 * table has a row for each.
 * @module
 */

import type { Tags } from "../../../core/measure/sample.ts";

/** An operation as well: all of so many users, from the first account to the last token. */
export const PROVISION = "provision";
/** A counter: users that could not be made, or have no token of their own. */
export const UNPROVISIONED = "unprovisioned";

/** Which tokens are shown: always the same few, or all that there are. */
export const ARMS = ["fixed", "full"] as const;
export type Arm = typeof ARMS[number];

/** Whether a token is shown for the first time: nobody can have it in a cache yet. */
export type TokenUse = "first" | "again";

/** How often the same number of users is measured: at its turn, or once more at the end. */
export interface Volume {
  readonly users: number;
  /** The smallest number again, after all others: whatever changed by then was not the volume. */
  readonly isControl: boolean;
}

/** The value of the tag `tokens`. */
export function volumeTag({ users, isControl }: Volume): string {
  return isControl ? `${users}-again` : String(users);
}

export function volumeTags(volume: Volume): Tags {
  return { tokens: volumeTag(volume) };
}
