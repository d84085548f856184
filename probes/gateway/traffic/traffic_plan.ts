/**
 * What does a use of traffic send, how fast, and on which rungs? Flags -> plan. Contacts nothing.
 * @module
 */

import { ladderOf } from "../../../core/command/given_ladder.ts";
import { isGiven } from "../../../core/command/settings.ts";
import { UsageError } from "../../../core/errors.ts";
import type { Ladder } from "../../../core/ladder/ladder.ts";
import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { parseArrival, ratedArrivals } from "../../../core/load/arrival_spec.ts";
import { formatDuration } from "../../../core/units.ts";
import type { Identified } from "../../../kube/conduct_on_cluster.ts";
import { arrivalsOf } from "../frame/arrivals.ts";
import { MOST_CONNECTIONS, type TrafficFlags, type TrafficValues } from "./command.ts";

/** The operation of a request. */
export const REQUEST = "request";

/** What one use of it does. */
export interface TrafficPlan {
  readonly values: TrafficValues;
  readonly arrivals: ArrivalProcess;
  /** Undefined: one load. */
  readonly ladder: Ladder | undefined;
  /** On a rung. */
  readonly at: (level: number) => Pick<TrafficPlan, "arrivals"> & { readonly connections: number };
}

/** @throws {UsageError} for values of which no run can be made */
export function trafficPlan(invocation: Identified<TrafficFlags>): TrafficPlan {
  const { values } = invocation;
  const arrivals = arrivalsOf(values.rate, "rate");
  const ladder = trafficLadder(invocation, arrivals);
  if (ladder === undefined) requireArrivals(arrivals, values.duration);
  return {
    values,
    arrivals,
    ladder,
    at: (level) =>
      ladder?.flag === "connections"
        ? { arrivals, connections: level }
        : { arrivals: atRate(arrivals, level), connections: values.connections },
  };
}

function requireArrivals(arrivals: ArrivalProcess, durationMs: number): void {
  if (arrivals.expectedBy(durationMs) > 0) return;
  throw new UsageError(
    `--rate: nothing of ${arrivals.label} is due within --duration ${formatDuration(durationMs)}`,
  );
}

const CONSTANT = parseArrival("1/s");

/** The process at another rate; one that has no rate of its own gives way to a constant one. */
function atRate(arrivals: ArrivalProcess, ratePerSec: number): ArrivalProcess {
  return parseArrival((ratedArrivals(arrivals) ?? ratedArrivals(CONSTANT)!).at(ratePerSec));
}

/** @throws {UsageError} */
function trafficLadder(
  { values, shown }: Identified<TrafficFlags>,
  arrivals: ArrivalProcess,
): Ladder | undefined {
  const rated = ratedArrivals(arrivals);
  const ladder = ladderOf({ values, shown }, {
    climbables: [{
      flag: "rate",
      unit: "requests/s",
      isWhole: false,
      startLevel: rated?.ratePerSec,
      hasForm: true,
    }, {
      flag: "connections",
      unit: "connections",
      isWhole: true,
      highest: MOST_CONNECTIONS,
      startLevel: values.connections,
    }],
  });
  if (ladder === undefined) return undefined;
  const how = isGiven(shown, "ladder") ? "--ladder" : "--find-max";
  if (new Set(values.gateways).size > 1) {
    throw new UsageError(
      `${how} is for one Gateway: climb once for each, and set the reports side by side with compare`,
    );
  }
  if (ladder.flag === "rate" && rated === undefined) {
    throw new UsageError(
      `${how}: --rate ${arrivals.label} has no one rate; ` +
        "expected a constant, poisson or uniform one",
    );
  }
  return ladder;
}
