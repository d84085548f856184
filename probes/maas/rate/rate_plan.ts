/** How many questions a second, of how many users, and for how long? Flags -> plan. @module */

import { messageOf, UsageError } from "../../../core/errors.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";
import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { parseArrival, ratedArrivals } from "../../../core/load/arrival_spec.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import { CLASSES_OF_RATE } from "../frame/classes.ts";
import { levelsOf } from "../frame/levels.ts";
import { parseTiers, requireUserForEach, spread, type TierShare } from "../frame/tiers.ts";
import type { TierCount } from "../users/account_users.ts";
import type { RateFlags, RateValues } from "./command.ts";

const USUAL_LEVELS = "10,25,50,100";
/** Where a search begins, and what an unnamed process is. */
const USUAL_ARRIVALS = "10/s";
/** Of the plan of the field. */
const USUAL_ACCOUNTS = 20;

/** What one use does. */
export interface RatePlan {
  readonly values: RateValues;
  readonly ladder: Ladder;
  readonly shares: readonly TierShare[];
  /** Users with a credential of their own, by tier. */
  readonly accounts: readonly TierCount[];
  /** Of a level. */
  readonly arrivalsAt: (ratePerSec: number) => ArrivalProcess;
}

/** @throws {UsageError} for values of which no run can be made */
export function ratePlan(invocation: Identified<RateFlags>): RatePlan {
  const { values } = invocation;
  const rated = ratedOf(values.rate ?? USUAL_ARRIVALS);
  const ladder = levelsOf(invocation, {
    climbable: {
      flag: "rate",
      unit: "requests/s",
      isWhole: false,
      startLevel: rated.ratePerSec,
      hasForm: true,
    },
    usualLevels: USUAL_LEVELS,
    own: CLASSES_OF_RATE,
  });
  const shares = parseTiers(values.tiers);
  const count = values.accounts ?? Math.max(USUAL_ACCOUNTS, shares.length);
  const accounts = spread(shares, count);
  if (accounts.some((one) => one.count === 0)) {
    throw new UsageError(`--accounts ${count} are too few for a user of each of --tiers`);
  }
  requireUserForEach(invocation, count);
  const arrivalsAt = (ratePerSec: number) => parseArrival(rated.at(ratePerSec));
  return { values, ladder, shares, accounts, arrivalsAt };
}

function ratedOf(text: string): NonNullable<ReturnType<typeof ratedArrivals>> {
  let arrivals: ArrivalProcess;
  try {
    arrivals = parseArrival(text);
  } catch (error) {
    throw new UsageError(`--rate: ${messageOf(error)}`, { cause: error });
  }
  const rated = ratedArrivals(arrivals);
  if (rated !== undefined) return rated;
  throw new UsageError(
    `--rate: ${arrivals.label} has no one rate; expected a constant, poisson or uniform one`,
  );
}
