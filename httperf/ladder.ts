/**
 * Which flags of httperf climb, and what httperf is on a rung. Climbs nothing itself.
 * @module
 */

import { type Climbable, ladderOf } from "../core/command/given_ladder.ts";
import type { Invocation } from "../core/command/command.ts";
import { isGiven } from "../core/command/settings.ts";
import { UsageError } from "../core/errors.ts";
import { parseArrival, ratedArrivals } from "../core/load/arrival_spec.ts";
import type { Ladder } from "../core/ladder/ladder.ts";
import type { HttperfFlags, HttperfValues } from "./flags.ts";
import { arrivalsOf } from "./roles.ts";

const CONSTANT = parseArrival("1/s");

/** What is asked for; undefined: nothing climbs. @throws {UsageError} if that is no load of a client */
export function httperfLadder(
  { values, shown }: Pick<Invocation<HttperfFlags>, "values" | "shown">,
): Ladder | undefined {
  const arrivals = values.rate === undefined ? undefined : arrivalsOf(values.rate);
  const rated = arrivals === undefined ? undefined : ratedArrivals(arrivals);
  const rate: Climbable = {
    flag: "rate",
    unit: "requests/s",
    isWhole: false,
    startLevel: rated?.ratePerSec,
    hasForm: true,
  };
  const threads = { flag: "threads", unit: "request loops", isWhole: true, highest: 100_000 };
  const connections = { flag: "connections", unit: "connections", isWhole: true, highest: 10_000 };
  const others = [threads, connections].map((one) => ({
    ...one,
    startLevel: values[one.flag as "threads" | "connections"],
  }));
  const ladder = ladderOf({ values, shown }, {
    climbables: arrivals === undefined ? [others[0]!, others[1]!, rate] : [rate, ...others],
    limits: ["requests", "bytes"],
  });
  if (ladder === undefined) return undefined;
  const how = isGiven(shown, "ladder") ? "--ladder" : "--find-max";
  if (values.listen !== undefined && values["base-url"] === undefined) {
    throw new UsageError(`${how} is for a client: give --base-url`);
  }
  if (ladder.flag === "threads" && arrivals !== undefined) {
    throw new UsageError(`${how}: --threads has no effect with --rate, which climbs instead`);
  }
  if (ladder.flag === "rate" && arrivals !== undefined && rated === undefined) {
    throw new UsageError(
      `${how}: --rate ${arrivals.label} has no one rate; ` +
        "expected a constant, poisson or uniform one",
    );
  }
  return ladder;
}

/** The values of one rung. */
export function valuesOnRung(
  values: HttperfValues,
  ladder: Ladder,
  level: number,
): HttperfValues {
  const { flag } = ladder;
  const at = { ...values, [flag]: level };
  // A thread has at least one connection.
  if (flag === "connections") return { ...at, workers: Math.min(values.workers, level) };
  if (flag !== "rate") return at;
  const { at: rateOf } = ratedArrivals(
    values.rate === undefined ? CONSTANT : parseArrival(values.rate),
  )!;
  return { ...at, rate: rateOf(level) };
}
