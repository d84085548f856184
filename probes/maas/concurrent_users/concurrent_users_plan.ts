/** How many users ask at once, how many of them there are, and for how long? Flags -> plan. @module */

import { UsageError } from "../../../core/errors.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import { CLASSES_OF_USERS } from "../frame/classes.ts";
import { knownLevels, levelsOf } from "../frame/levels.ts";
import {
  mostOfEach,
  parseTiers,
  requireUserForEach,
  spread,
  type TierShare,
} from "../frame/tiers.ts";
import type { TierCount } from "../users/account_users.ts";
import { type ConcurrentUsersFlags, type ConcurrentUsersValues, MOST_USERS } from "./command.ts";

const USUAL_LEVELS = "10,25,50,75,100";
const FIRST_OF_SEARCH = 10;

/** What one use does. */
export interface ConcurrentUsersPlan {
  readonly values: ConcurrentUsersValues;
  readonly ladder: Ladder;
  readonly shares: readonly TierShare[];
  /** Users with a credential of their own, by tier. */
  readonly accounts: readonly TierCount[];
  /** Those of them that are made before the first level; more when a level needs them. */
  readonly firstAccounts: readonly TierCount[];
}

/** @throws {UsageError} for values of which no run can be made */
export function concurrentUsersPlan(
  invocation: Identified<ConcurrentUsersFlags>,
): ConcurrentUsersPlan {
  const { values } = invocation;
  const ladder = levelsOf(invocation, {
    climbable: {
      flag: "users",
      unit: "users at once",
      isWhole: true,
      highest: MOST_USERS,
      startLevel: values.users ?? FIRST_OF_SEARCH,
    },
    usualLevels: USUAL_LEVELS,
    own: CLASSES_OF_USERS,
  });
  const shares = parseTiers(values.tiers);
  const accounts = accountsOf(values, { ladder, shares });
  if (values.accounts !== undefined) requireUserForEach(invocation, values.accounts);
  const isSearch = ladder.way.kind === "search" && values.accounts === undefined;
  const firstAccounts = isSearch ? mostOfEach(shares, knownLevels(ladder)) : accounts;
  return { values, ladder, shares, accounts, firstAccounts };
}

function accountsOf(
  { accounts, "share-tokens": isShared }: ConcurrentUsersValues,
  { ladder, shares }: { ladder: Ladder; shares: readonly TierShare[] },
): TierCount[] {
  const { way } = ladder;
  const most = way.kind === "levels" ? Math.max(...knownLevels(ladder)) : way.highestLevel;
  if (accounts === undefined) {
    return way.kind === "levels" ? mostOfEach(shares, way.levels) : spread(shares, most);
  }
  if (accounts < most && !isShared) {
    throw new UsageError(
      `--accounts ${accounts} are fewer than the ${most} users at once: each of them needs a ` +
        "credential of its own, or what is measured are fewer users; or say --share-tokens",
    );
  }
  const given = spread(shares, accounts);
  if (given.every(({ count }) => count > 0)) return given;
  throw new UsageError(`--accounts ${accounts} are too few for a user of each of --tiers`);
}
