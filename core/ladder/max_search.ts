/**
 * Which level is to be tried next, to find the highest one that still holds? Doubles until one does
 * not hold (or halves until one does), bisects what is between, and repeats the two levels of the
 * edge, so that one noisy rung does not decide. Pure: the answer follows from what came out so far,
 * so that a log can be asked as well as a run.
 * @module
 */

/** Where is searched, and how exactly. */
export interface SearchBounds {
  /** The command's own. */
  readonly startLevel: number;
  /** Nothing below it is tried. */
  readonly lowestLevel: number;
  /** Nothing above it is tried. */
  readonly highestLevel: number;
  /** How far apart the levels of the edge may be, of the lower. */
  readonly toleranceRatio: number;
}

export interface MaxSearch extends SearchBounds {
  /** The levels count something. */
  readonly isWhole: boolean;
}

/** What one rung said about its level. */
export interface Vote {
  readonly level: number;
  readonly holds: boolean;
}

/** The two levels between which it breaks; null: there is none such. */
export interface Edge {
  readonly lastGood: number | null;
  readonly firstBad: number | null;
}

/** So many rungs of one level must agree before it is part of the answer: two of two, or of three. */
const VOTES_NEEDED = 2;

/** A search of more rungs will not settle: what is measured is not the same from rung to rung. */
export const MOST_RUNGS = 60;

/**
 * The level to try next; undefined: the edge is found, or it does not settle within
 * {@link MOST_RUNGS} (see {@link isSettled}).
 */
export function nextLevel(search: MaxSearch, votes: readonly Vote[]): number | undefined {
  const tried = new TriedLevels(votes);
  if (votes.length === 0) return search.startLevel;
  if (votes.length >= MOST_RUNGS) return undefined;
  return tried.tie ?? levelForEdge(search, tried.edge) ?? tried.unconfirmed;
}

/** Whether the edge is as narrow as asked, and each of its levels agreed upon. */
export function isSettled(search: MaxSearch, votes: readonly Vote[]): boolean {
  const { tie, edge, unconfirmed } = new TriedLevels(votes);
  return votes.length > 0 && (tie ?? levelForEdge(search, edge) ?? unconfirmed) === undefined;
}

/**
 * The edge that the rungs show: the lowest level of which most rungs broke, and below it the highest
 * one of which most held. A draw counts as broken.
 */
export function edgeOf(votes: readonly Vote[]): Edge {
  return new TriedLevels(votes).edge;
}

/** Of no use for a search: a level that is already tried, and often enough. */
function levelForEdge(search: MaxSearch, { lastGood, firstBad }: Edge): number | undefined {
  const { lowestLevel, highestLevel, toleranceRatio, isWhole } = search;
  if (firstBad === null) {
    return lastGood === null || lastGood >= highestLevel
      ? undefined
      : Math.min(highestLevel, 2 * lastGood);
  }
  if (lastGood === null) {
    if (firstBad <= lowestLevel) return undefined;
    const half = firstBad / 2;
    return Math.max(lowestLevel, isWhole ? Math.floor(half) : half);
  }
  // What rounding does to a decimal must not ask for one more rung.
  const bearable = Math.max(toleranceRatio * lastGood * (1 + 1e-9), isWhole ? 1 : 0);
  return firstBad - lastGood <= bearable ? undefined : between(lastGood, { firstBad, isWhole });
}

/** The number with the fewest digits in the middle fifth: 120 rather than 118.75. */
function between(
  lastGood: number,
  { firstBad, isWhole }: { firstBad: number; isWhole: boolean },
): number {
  const middle = (lastGood + firstBad) / 2;
  const slack = (firstBad - lastGood) / 10;
  for (let digits = 1; digits <= 15; digits++) {
    const round = Number(middle.toPrecision(digits));
    const fits = Math.abs(round - middle) <= slack && (!isWhole || Number.isInteger(round));
    if (fits) return round;
  }
  return isWhole ? Math.floor(middle) : middle;
}

/** The levels of the rungs so far, each with its votes. */
class TriedLevels {
  readonly #votes = new Map<number, { held: number; broke: number }>();
  readonly edge: Edge;

  constructor(votes: readonly Vote[]) {
    for (const { level, holds } of votes) {
      const count = this.#votes.get(level) ?? { held: 0, broke: 0 };
      this.#votes.set(level, count);
      count[holds ? "held" : "broke"]++;
    }
    const levels = [...this.#votes].map(([level, { held, broke }]) => ({
      level,
      isGood: held > broke,
    })).sort((one, other) => one.level - other.level);
    const bad = levels.findIndex(({ isGood }) => !isGood);
    const good = bad === -1 ? levels.length - 1 : bad - 1;
    this.edge = { lastGood: levels[good]?.level ?? null, firstBad: levels[bad]?.level ?? null };
  }

  /** A level of which as many rungs held as broke. */
  get tie(): number | undefined {
    return [...this.#votes].find(([, { held, broke }]) => held === broke)?.[0];
  }

  /** The level of the edge that is not yet agreed upon, the good one first. */
  get unconfirmed(): number | undefined {
    const { lastGood, firstBad } = this.edge;
    if (this.#lacks(lastGood, "held")) return lastGood ?? undefined;
    return this.#lacks(firstBad, "broke") ? firstBad ?? undefined : undefined;
  }

  #lacks(level: number | null, side: "held" | "broke"): boolean {
    return level !== null && (this.#votes.get(level)?.[side] ?? 0) < VOTES_NEEDED;
  }
}
