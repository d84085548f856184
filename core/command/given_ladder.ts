/**
 * What do the flags with which a load command climbs ask for? Everything that contradicts itself is said
 * before any load.
 * @module
 */

import { messageOf, UsageError } from "../errors.ts";
import { classLadder, type ClassSpec, formatClass, parseClass } from "../judge/class_spec.ts";
import { plainDecimal } from "../judge/limit.ts";
import { parseThreshold } from "../judge/threshold.ts";
import { type Ladder, mostRungs } from "../ladder/ladder.ts";
import { parseLevels } from "../ladder/levels.ts";
import { didYouMean } from "../nearest.ts";
import { formatDuration } from "../units.ts";
import type { Invocation } from "./command.ts";
import type { PlanSection } from "./dry_run.ts";
import { share } from "./flags.ts";
import { type LadderFlags, type LadderValues, readLadder } from "./ladder_flags.ts";
import type { RunFlags, RunValues } from "./run_flags.ts";
import { isGiven } from "./settings.ts";

/** Of a rung in which all thresholds hold, unless the user names classes. */
const BEST_CLASS = "healthy";
/** How far above and below its first level a search goes. */
const SEARCH_FACTOR = 1_000;

/** One flag of a command that can climb. */
export interface Climbable {
  readonly flag: string;
  /** Of its value, in words, e.g. `arrivals/s`. */
  readonly unit: string;
  /** Its value counts something. */
  readonly isWhole: boolean;
  /** The highest value that the command takes. @default {Infinity} */
  readonly highest?: number;
  /** Where a search begins; undefined: nothing says so, the flag must be given. */
  readonly startLevel: number | undefined;
  /** The flag says something beside its level, e.g. `poisson:50/s`, and may be given with a ladder. */
  readonly hasForm?: true;
}

/** Classes of a command. */
export interface OwnClasses {
  /** Best first. */
  readonly classes: readonly ClassSpec[];
  /** They tell whether answers keep up with an offered rate: see `judgesOffer` of {@link Ladder}. */
  readonly judgeOffer?: true;
}

/** What a command tells of its flags. */
export interface ClimbOptions {
  /** Those that can climb, the one that does unless the user says otherwise first. */
  readonly climbables: readonly [Climbable, ...Climbable[]];
  /** Flags that end a load by other means than the time of a rung. */
  readonly limits?: readonly string[];
  /** Flags that say otherwise what climbs. */
  readonly rivals?: readonly string[];
  /**
   * What is climbed where no ladder is asked for: the value of the flag that can climb, if that is
   * given, or else these levels of the first one. Absent: nothing.
   */
  readonly usualLevels?: string;
  /** What rungs are, unless the user names classes; absent: those in which the thresholds hold. */
  readonly own?: OwnClasses;
}

/** Limits of a load that every command has. */
const COMMON_LIMITS = ["duration", "warmup"];

/** What is asked for, or usual; undefined: neither --ladder nor --find-max. @throws {UsageError} */
export function ladderOf(
  { values, shown }: Pick<Invocation<LadderFlags & RunFlags>, "values" | "shown">,
  { climbables, limits = [], rivals = [], usualLevels, own }: ClimbOptions,
): Ladder | undefined {
  const given = (name: string) => isGiven(shown, name);
  const way = wayOf(values) ??
    (usualLevels === undefined
      ? undefined
      : usualWay(climbables.find(({ flag }) => given(flag)), usualLevels));
  refuseLonely(way?.flag, given);
  if (way === undefined) return undefined;
  for (const limit of [...COMMON_LIMITS, ...limits].filter(given)) {
    throw new UsageError(
      `--${limit} does not go with --${way.flag}: a rung lasts for --settle and --stage-duration`,
    );
  }
  const climbable = chosen(way, climbables);
  for (const rival of rivals.filter(given)) {
    throw new UsageError(`--${rival} does not go with --${way.flag}: --${climbable.flag} climbs`);
  }
  const isNamed = way.flag === "ladder" && values.ladder !== undefined;
  if (isNamed && climbable.hasForm !== true && given(climbable.flag)) {
    throw new UsageError(
      `--${climbable.flag} does not go with a --ladder of it, which says what it is on each rung`,
    );
  }
  return {
    flag: climbable.flag,
    unit: climbable.unit,
    isWhole: climbable.isWhole,
    way: way.flag === "ladder"
      ? levelsOf(way.levels, {
        climbable,
        climbsOn: values["climb-on"],
        origin: isNamed ? "ladder" : climbable.flag,
      })
      : searchOf(values, climbable),
    classes: classNames(values, own?.classes),
    ...(own?.judgeOffer && values.class.length === 0 ? { judgesOffer: true } : {}),
    settleMs: values.settle,
    stageDurationMs: values["stage-duration"],
    pauseMs: values.pause,
  };
}

/** Those of --class; undefined: the thresholds make them. */
function givenClasses(
  { class: texts }: Pick<LadderValues, "class">,
): ClassSpec[] | undefined {
  return texts.length === 0 ? undefined : texts.map(parseClass);
}

/** The part of a run's plan that a ladder is. */
export function givenLadder(
  values: Pick<LadderValues, "class">,
  ladder: Ladder | undefined,
  own?: OwnClasses,
): { ladder?: Ladder; classes?: readonly ClassSpec[] } {
  if (ladder === undefined) return {};
  const classes = givenClasses(values) ?? own?.classes;
  return classes === undefined ? { ladder } : { ladder, classes };
}

/** The names of the classes of rungs, best first. */
function classNames(
  values: LadderValues & Pick<RunValues, "threshold">,
  own: readonly ClassSpec[] = [{ name: BEST_CLASS, holds: ["all"] }],
): string[] {
  const given = givenClasses(values) ?? own;
  let classes: ClassSpec[];
  try {
    classes = classLadder(given);
  } catch (error) {
    throw new UsageError(`--class: ${messageOf(error)}`, { cause: error });
  }
  if (classes.length < 2) {
    throw new UsageError(
      "--class: say what holds in the best class, e.g. healthy: create.p95 < 1s",
    );
  }
  const isOfOne = (text: string) => parseThreshold(text).figure.stage !== null;
  if (values.class.length > 0 && !values.threshold.every(isOfOne)) {
    throw new UsageError("--threshold does not go with --class: say in --class what is to hold");
  }
  return classes.map(({ name }) => name);
}

type Way =
  | { readonly flag: "ladder"; readonly climbing: string | undefined; readonly levels: string }
  | { readonly flag: "find-max"; readonly climbing: string | undefined };

function wayOf({ ladder, "find-max": findMax }: LadderValues): Way | undefined {
  const isSearch = findMax !== undefined && findMax !== "false";
  if (ladder !== undefined && isSearch) {
    throw new UsageError(
      "--ladder and --find-max exclude each other: name the levels, or have the highest found",
    );
  }
  if (ladder !== undefined) return { flag: "ladder", ...readLadder(ladder) };
  if (!isSearch) return undefined;
  return { flag: "find-max", climbing: findMax === "true" ? undefined : findMax };
}

function usualWay(one: Climbable | undefined, levels: string): Way {
  return one?.startLevel === undefined
    ? { flag: "ladder", climbing: undefined, levels }
    : { flag: "ladder", climbing: one.flag, levels: plainDecimal(one.startLevel) };
}

/** Of each flag here, with which of the two it goes. */
const GOES_WITH: Readonly<Record<Exclude<keyof LadderFlags, Way["flag"]>, readonly Way["flag"][]>> =
  {
    "stage-duration": ["ladder", "find-max"],
    settle: ["ladder", "find-max"],
    pause: ["ladder", "find-max"],
    class: ["ladder", "find-max"],
    "climb-on": ["ladder"],
    tolerance: ["find-max"],
    "max-level": ["find-max"],
  };

function refuseLonely(way: Way["flag"] | undefined, given: (name: string) => boolean): void {
  for (const [name, ways] of Object.entries(GOES_WITH)) {
    if (!given(name) || (way !== undefined && ways.includes(way))) continue;
    throw new UsageError(`--${name} goes with ${ways.map((one) => `--${one}`).join(" or ")}`);
  }
}

function chosen({ flag, climbing }: Way, climbables: ClimbOptions["climbables"]): Climbable {
  if (climbing === undefined) return climbables[0];
  const found = climbables.find((one) => one.flag === climbing);
  if (found !== undefined) return found;
  const names = climbables.map((one) => one.flag);
  throw new UsageError(
    `--${flag}: "${climbing}" cannot climb${didYouMean(climbing, names)}; ` +
      `expected ${names.length === 1 ? "" : "one of "}${names.join(", ")}`,
  );
}

function levelsOf(
  text: string,
  { climbable: { flag, isWhole, highest = Infinity }, climbsOn, origin }: {
    climbable: Climbable;
    climbsOn: boolean;
    /** The flag that says so. */
    origin: string;
  },
): Ladder["way"] {
  let levels: number[];
  try {
    levels = parseLevels(text, { isWhole });
  } catch (error) {
    throw new UsageError(`--${origin}: ${messageOf(error)}`, { cause: error });
  }
  const last = levels.at(-1) ?? 0;
  if (last > highest) {
    const of = origin === flag ? "" : `--${origin}: `;
    throw new UsageError(`${of}--${flag} must be at most ${highest}, not ${last}`);
  }
  return { kind: "levels", levels, climbsOn };
}

function searchOf(
  { tolerance: toleranceRatio, "max-level": mostLevel }: LadderValues,
  { flag, isWhole, highest = Infinity, startLevel }: Climbable,
): Ladder["way"] {
  if (startLevel === undefined) {
    throw new UsageError(`--find-max begins at the value of --${flag}: give one`);
  }
  const most = mostLevel ?? Math.min(highest, SEARCH_FACTOR * startLevel);
  if (most < startLevel || most > highest) {
    throw new UsageError(
      `--max-level must be at least --${flag} (${startLevel})` +
        `${highest === Infinity ? "" : ` and at most ${highest}`}, not ${most}`,
    );
  }
  if (isWhole && !Number.isInteger(most)) {
    throw new UsageError(`--max-level must be a whole number, as --${flag} is, not ${most}`);
  }
  const least = startLevel / SEARCH_FACTOR;
  return {
    kind: "search",
    startLevel,
    lowestLevel: isWhole ? Math.max(1, Math.floor(least)) : least,
    highestLevel: most,
    toleranceRatio,
  };
}

/** What `--dry-run` says of a ladder. @param classes those that are not made by the thresholds */
export function ladderSections(
  ladder: Ladder,
  classes: readonly ClassSpec[] = [],
): PlanSection[] {
  const { flag, way, settleMs, stageDurationMs, pauseMs } = ladder;
  const rungMs = settleMs + stageDurationMs;
  const most = mostRungs(ladder);
  const asked = way.kind === "levels"
    ? `--${flag} ${way.levels.join(", ")}` +
      (way.climbsOn ? "" : "; the first that breaks is the last")
    : `--${flag} from ${way.startLevel} on, at most ${way.highestLevel}, until the limit is ` +
      `known to ${share.format(way.toleranceRatio)}`;
  return [
    { title: "ladder", value: asked },
    {
      title: "rung",
      value: `${formatDuration(settleMs)} to settle, ${formatDuration(stageDurationMs)} judged, ` +
        `${formatDuration(pauseMs)} pause`,
    },
    {
      title: "expected duration",
      value: `at most ${formatDuration(most * rungMs + (most - 1) * pauseMs)} for ${most} rungs`,
    },
    ...classes.length === 0 ? [] : [{ title: "classes", value: classes.map(classText) }],
  ];
}

function classText(spec: ClassSpec): string {
  return spec.holds.length === 0 ? `${spec.name}: anything else` : formatClass(spec);
}
