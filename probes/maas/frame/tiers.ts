/**
 * Which tiers are users of, and how many of so many are of each? Text to shares, and shares to whole
 * numbers of users. Pure.
 * @module
 */

import { generatorCount, type Invocation } from "../../../core/command/command.ts";
import { UsageError } from "../../../core/errors.ts";
import type { TierCount } from "../users/account_users.ts";
import type { User } from "../users/user.ts";

/** A tier's part of the users. */
export interface TierShare {
  readonly tier: string;
  /** Of the sum of all. */
  readonly share: number;
}

/** Part of the name of a namespace. */
const TIER = /^([a-z0-9](?:[-a-z0-9]{0,30}[a-z0-9])?)(?:=(\d+(?:\.\d+)?|\.\d+))?$/;

/** `free` or `free=8,premium=2`. @throws {SyntaxError} */
export function parseTiers(text: string): TierShare[] {
  const tiers = text.split(",").map((one) => {
    const [, tier, share = "1"] = TIER.exec(one.trim()) ?? [];
    if (tier !== undefined && Number(share) > 0) return { tier, share: Number(share) };
    throw new SyntaxError(`must be tiers such as free or free=8,premium=2, not "${text}"`);
  });
  const twice = tiers.find(({ tier }, index) =>
    tiers.findIndex((one) => one.tier === tier) < index
  );
  if (twice === undefined) return tiers;
  throw new SyntaxError(`must name each tier once, not ${twice.tier} twice`);
}

/**
 * So many users in these shares, by largest remainder, so that no tier is off by a whole user. Those of
 * a tier never become fewer when more are asked for, but by one (the Alabama paradox).
 */
export function spread(tiers: readonly TierShare[], count: number): TierCount[] {
  const sum = tiers.reduce((total, { share }) => total + share, 0);
  const exact = tiers.map(({ tier, share }) => ({ tier, users: count * share / sum }));
  const whole = exact.map(({ tier, users }) => ({ tier, count: Math.floor(users) }));
  const left = count - whole.reduce((total, one) => total + one.count, 0);
  const byRemainder = exact.map(({ users }, index) => ({ index, remainder: users % 1 }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  const raised = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return whole.map((one, index) => ({ ...one, count: one.count + (raised.has(index) ? 1 : 0) }));
}

/** The most of each tier on any of these levels. */
export function mostOfEach(tiers: readonly TierShare[], levels: readonly number[]): TierCount[] {
  const spreads = levels.map((level) => spread(tiers, level));
  return tiers.map(({ tier }, index) => ({
    tier,
    count: Math.max(...spreads.map((counts) => counts[index]!.count)),
  }));
}

/** @throws {UsageError} if there are too few for each generator to have one */
export function requireUserForEach(
  invocation: Pick<Invocation, "coordinator" | "generators">,
  accounts: number,
): void {
  const generators = generatorCount(invocation);
  if (accounts >= generators) return;
  throw new UsageError(
    `--accounts ${accounts} are too few for a user of each of ${generators} generators`,
  );
}

/** So many of these users, of each tier its share, tiers by turns. @throws {RangeError} if there are too few */
export function someOf(
  users: readonly User[],
  tiers: readonly TierShare[],
  count: number,
): User[] {
  const ofTiers = spread(tiers, count).map(({ tier, count }) =>
    users.filter((user) => user.tier === tier).slice(0, count)
  );
  const most = Math.max(...ofTiers.map(({ length }) => length));
  const some = Array.from({ length: most }, (_, turn) => ofTiers.flatMap((of) => of[turn] ?? []))
    .flat();
  if (some.length === count) return some;
  throw new RangeError(`Cannot take ${count} users: there are ${some.length} in these shares`);
}
