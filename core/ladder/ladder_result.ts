/**
 * What did a ladder show? From what was asked and the classes of its rungs, so that it can be told
 * of a run that was killed as well. Pure.
 * @module
 */

import * as z from "zod";
import { isFound, type Ladder, nextRung, type Rung, votesOf } from "./ladder.ts";
import { edgeOf, MOST_RUNGS } from "./max_search.ts";
import type { StageClass } from "../judge/class.ts";
import { type Finding, Verdict } from "../judge/finding.ts";
import { plainDecimal } from "../judge/limit.ts";

/** Share of the highest level that held which is safe to use day by day. */
const SAFE_RATIO = 0.8;

/** A rung as the stages of a report have it. */
export interface ClimbedRung {
  /** Of its stage. */
  readonly name: string;
  readonly level: number;
  readonly class: StageClass;
  /** What kept it from saying anything of the target, as causes name it; null: nothing did. */
  readonly boundBy: string | null;
}

/** What a ladder ran into that found how much its target takes. */
const CAPACITY = "capacity";

export const LadderResult = z.object({
  flag: z.string(),
  unit: z.string(),
  lastGood: z.number().nullable()
    .describe("the highest level below the first bad one that was of the best class; null: none"),
  firstBad: z.number().nullable().describe("the lowest level that was not; null: none"),
  because: z.string().nullable().describe("why the first bad one was not"),
  safeLevel: z.number().nullable().describe(
    "80 % of the last good level; null: there is none such",
  ),
  boundBy: z.string().nullable().default(null).describe(
    `what it ran into: "${CAPACITY}" of the target, "generator", or what disqualified a rung, e.g. ` +
      '"policy"; null: nothing, or it cannot be told',
  ),
  verdict: Verdict,
  reason: z.string().describe("why the verdict is what it is; empty for a plain pass"),
  rungs: z.array(z.object({
    stage: z.string(),
    level: z.number(),
    class: z.string().nullable(),
    atBest: z.string().nullable().default(null).describe("see the class of the stage"),
    reason: z.string(),
  })),
});
export type LadderResult = z.infer<typeof LadderResult>;

/** The rung that a class makes. */
export function rungOf({ classes }: Ladder, { level, class: found }: ClimbedRung): Rung {
  return { level, outcome: outcomeOf(found, classes[0]), isWorst: found.name === classes.at(-1) };
}

/** What is certainly not of the best class broke, though its own class may not be told. */
function outcomeOf({ name, atBest }: StageClass, best: string | undefined): Rung["outcome"] {
  if (name !== null) return name === best ? "held" : "broke";
  if (atBest === null) return "unfit";
  return atBest === best ? "open" : "broke";
}

/** @param climbed the rungs that were measured to their end, in order */
export function ladderResult(ladder: Ladder, climbed: readonly ClimbedRung[]): LadderResult {
  const rungs = climbed.map((rung) => rungOf(ladder, rung));
  const { lastGood, firstBad } = edgeOf(votesOf(rungs));
  const unfit = firstUnknown(climbed, { rungs, lastGood, firstBad });
  const breaking = climbed.findLast((rung, index) =>
    rung.level === firstBad && rungs[index]?.outcome === "broke"
  );
  return {
    flag: ladder.flag,
    unit: ladder.unit,
    lastGood,
    firstBad,
    because: breaking?.class.reason ?? null,
    safeLevel: lastGood === null ? null : safeOf(lastGood, ladder.isWhole) || null,
    boundBy: unfit === undefined ? firstBad === null ? null : CAPACITY : unfit.boundBy,
    ...verdictOf(ladder, { climbed, rungs, unfit, lastGood }),
    rungs: climbed.map((rung) => ({
      stage: rung.name,
      level: rung.level,
      class: rung.class.name,
      atBest: rung.class.atBest,
      reason: rung.class.reason,
    })),
  };
}

function safeOf(level: number, isWhole: boolean): number {
  const safe = SAFE_RATIO * level;
  return isWhole ? Math.floor(safe) : Number(safe.toPrecision(12));
}

/**
 * The rung that leaves the answer unknown: what is above a level that broke cannot change the limit, and
 * where a higher level held, a lower one that is open did, too.
 */
function firstUnknown(
  climbed: readonly ClimbedRung[],
  { rungs, lastGood, firstBad }: {
    readonly rungs: readonly Rung[];
    readonly lastGood: number | null;
    readonly firstBad: number | null;
  },
): ClimbedRung | undefined {
  return climbed.find(({ level }, index) => {
    const { outcome } = rungs[index]!;
    if (level > (firstBad ?? Infinity)) return false;
    return outcome === "unfit" || (outcome === "open" && level > (lastGood ?? 0));
  });
}

function verdictOf(
  ladder: Ladder,
  { climbed, rungs, unfit, lastGood }: {
    climbed: readonly ClimbedRung[];
    rungs: readonly Rung[];
    unfit: ClimbedRung | undefined;
    lastGood: number | null;
  },
): Pick<LadderResult, "verdict" | "reason"> {
  if (unfit !== undefined) return inconclusive(`${unfit.name}: ${unfit.class.reason}`);
  if (climbed.length === 0) return inconclusive("no rung was measured to its end");
  const next = nextRung(ladder, rungs);
  if (next !== undefined) return inconclusive(`it was ended before ${levelText(ladder, next)}`);
  if (!isFound(ladder, rungs)) {
    return inconclusive(
      `the limit does not settle in ${MOST_RUNGS} rungs, as they differ too much from each other: ` +
        "use a longer --stage-duration or a larger --tolerance",
    );
  }
  if (lastGood !== null) return { verdict: "pass", reason: "" };
  return { verdict: "fail", reason: "not even the lowest level held" };
}

function inconclusive(reason: string): Pick<LadderResult, "verdict" | "reason"> {
  return { verdict: "inconclusive", reason };
}

/** As a finding beside those of thresholds. */
export function ladderFinding(result: LadderResult): Finding {
  const { verdict, reason, lastGood, flag } = result;
  return {
    subject: `ladder of ${flag}`,
    verdict,
    observed: lastGood === null ? null : `holds up to ${levelText(result, lastGood)}`,
    limit: "a level that holds",
    reason: verdict === "inconclusive" ? reason : limitText(result),
  };
}

/** The answer as a sentence: `holds up to 130 arrivals/s, breaks at 135 arrivals/s because it is not healthy: ...`. */
export function answerText(result: LadderResult): string {
  const { lastGood } = result;
  const holds = lastGood === null ? "no level held" : `holds up to ${levelText(result, lastGood)}`;
  const doubt = result.verdict === "inconclusive" ? `; inconclusive, as ${result.reason}` : "";
  return `${holds}, ${limitText(result)}${doubt}`;
}

function limitText(result: LadderResult): string {
  const { firstBad, because, safeLevel, verdict } = result;
  const breaks = firstBad === null
    ? `no limit found${verdict === "inconclusive" ? " yet" : ""}`
    : `breaks at ${levelText(result, firstBad)}${because ? ` because it is ${because}` : ""}`;
  const safe = safeLevel === null ? "" : `; safe load ${levelText(result, safeLevel)}`;
  return breaks + safe;
}

/** `50 arrivals/s`, `16 threads`. */
export function levelText({ unit }: { readonly unit: string }, level: number): string {
  return `${plainDecimal(level)} ${unit}`;
}
