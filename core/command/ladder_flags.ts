/** The flags with which a load command climbs. What they ask for is worked out when they are used. @module */

import { parseClass } from "../judge/class_spec.ts";
import { parseLevels } from "../ladder/levels.ts";
import {
  duration,
  flag,
  type FlagKind,
  listOf,
  number,
  readable,
  share,
  toggle,
  type Values,
} from "./flags.ts";

/** `--find-max` alone, or with the flag that climbs. */
const climbingFlag: FlagKind<string> = {
  placeholder: "flag",
  isSwitch: true,
  parse: (given) => given,
  format: (value) => value,
};

export const LADDER_FLAGS = {
  ladder: flag(readable("[flag=]levels", readLadder), {
    help: "measure at each of these levels, e.g. 10,25,50,100 or 10..100*2 (10, 20, 40, 80, 100) " +
      "or 10..100+30, and stop after the first that breaks; FLAG= says which flag climbs",
  }),
  "find-max": flag(climbingFlag, {
    help: "find the highest level that holds: double, bisect and repeat the edge; alone, or with " +
      "the flag that climbs",
  }),
  "stage-duration": flag(duration({ minMs: 1_000 }), {
    help: "with --ladder or --find-max: how long a rung is judged",
    default: 30_000,
  }),
  settle: flag(duration(), {
    help: "with --ladder or --find-max: load at the start of a rung that is not judged",
    default: 5_000,
  }),
  pause: flag(duration(), {
    help: "with --ladder or --find-max: time without load between two rungs",
    default: 2_000,
  }),
  class: flag(listOf(readable("name: thresholds", parseClass)), {
    help:
      "with --ladder or --find-max: what holds in a class of rungs, best first, instead of all " +
      "thresholds, e.g. 'healthy: request.response.p95 < 1s, request.failed.ratio < 1%'; repeatable",
    default: [],
  }),
  "climb-on": flag(toggle, {
    help: "with --ladder: go on after a rung that breaks",
    default: false,
  }),
  tolerance: flag(share, {
    help: "with --find-max: how close the highest level that holds and the lowest that breaks are",
    default: 0.05,
  }),
  "max-level": flag(number({ above: 0 }), {
    help: "with --find-max: the highest level that is tried; default: 1000 times the first",
  }),
};
export type LadderFlags = typeof LADDER_FLAGS;
export type LadderValues = Values<LadderFlags>;

/** The two sides of `threads=1,2,4`. */
export function readLadder(
  text: string,
): { readonly climbing: string | undefined; readonly levels: string } {
  const [, climbing, levels = ""] = /^(?:\s*([A-Za-z][\w-]*)\s*=)?(.*)$/s.exec(text) ?? [];
  parseLevels(levels);
  return { climbing, levels };
}
