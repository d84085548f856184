/** What a run of the tokens probe does. @module */

import type { Volume } from "./measured.ts";

/** See the module. */
export interface TokensPlan {
  /** Numbers of users, each once and ascending; at least one. */
  readonly counts: readonly number[];
  /** The tier that all of them are in. */
  readonly tier: string;
  /** Requests under way at a time, in every arm. */
  readonly workers: number;
  /** Requests of an arm, at least: the full set is shown twice in any case. */
  readonly requests: number;
  /** How long an arm goes on at least. */
  readonly armMs: number;
  /** Tokens of the fixed set. */
  readonly workingSet: number;
  /** Fresh tokens that are reviewed at the API server, twice each; 0: none. */
  readonly reviews: number;
  /** How much longer counts as nothing. */
  readonly margin: Margin;
}

/** Growth within any of the two is no impact. */
export interface Margin {
  /** 0.2: up to 1.2 times. */
  readonly ratio: number;
  /** Of answers that are quick, less is noise. */
  readonly leastMs: number;
}

/** In order of time. */
export function volumesOf({ counts }: Pick<TokensPlan, "counts">): Volume[] {
  const volumes = counts.map((users) => ({ users, isControl: false }));
  const [first] = volumes;
  // Of a single number nothing is compared.
  return volumes.length < 2 ? volumes : [...volumes, { users: first!.users, isControl: true }];
}

/** The fixed set is there at every number of users. */
export function workingSetOf({ counts, workingSet }: Pick<TokensPlan, "counts" | "workingSet">) {
  return Math.min(workingSet, ...counts);
}
