/**
 * What a ladder showed, as the findings that people write down of it: how its lowest rung was, where each
 * worse class begins, what is safe, and what it was bound by. Judges nothing.
 * @module
 */

import * as z from "zod";
import { evaluate } from "../judge/evaluation.ts";
import { parseFigure } from "../judge/figure.ts";
import { formatRounded } from "../judge/limit.ts";
import type { Ladder } from "../ladder/ladder.ts";
import { type LadderResult, levelText } from "../ladder/ladder_result.ts";
import type { Totals } from "../measure/totals.ts";

export const ClimbFindings = z.object({
  baseline: z.object({
    stage: z.string(),
    p95Ms: z.number().nullable().describe("of response times; null: too few values"),
    okRatio: z.number().nullable().describe("of what finished; null: nothing did"),
  }).nullable().describe("of the lowest level that was measured to its end; null: none was"),
  classes: z.array(z.object({
    name: z.string(),
    from: z.number().nullable().describe(
      "the lowest level of this class or a worse one; null: none",
    ),
  })).describe("but the best one"),
  safeLevel: z.number().nullable(),
  boundBy: z.string().nullable().describe("see the ladder"),
});
export type ClimbFindings = z.infer<typeof ClimbFindings>;

/** @param classes best first @param options `totalsOf`: of a rung's stage; `op`: what each arrival begins with */
export function climbFindings(
  classes: readonly string[],
  { rungs, safeLevel, boundBy }: Pick<LadderResult, "rungs" | "safeLevel" | "boundBy">,
  { totalsOf, op }: { totalsOf: (stage: string) => Totals | undefined; op: string },
): ClimbFindings {
  const [, ...worse] = classes;
  const rankOf = ({ class: name, atBest }: LadderResult["rungs"][number]) =>
    classes.indexOf(name ?? atBest ?? "");
  const levelsFrom = (rank: number) =>
    rungs.filter((rung) => rankOf(rung) >= rank).map(({ level }) => level);
  const [lowest] = rungs.toSorted((one, other) => one.level - other.level);
  const totals = lowest === undefined ? undefined : totalsOf(lowest.stage);
  return {
    baseline: lowest === undefined || totals === undefined ? null : {
      stage: lowest.stage,
      p95Ms: valueOf(`${op}.response.p95`, totals),
      okRatio: valueOf(`${op}.ok.ratio`, totals),
    },
    classes: worse.map((name, index) => {
      const levels = levelsFrom(index + 1);
      return { name, from: levels.length === 0 ? null : Math.min(...levels) };
    }),
    safeLevel,
    boundBy,
  };
}

function valueOf(figure: string, totals: Totals): number | null {
  const found = evaluate(parseFigure(figure), totals);
  return found.kind === "value" ? found.value : null;
}

/** Each with its title, for people. */
export function climbFindingTexts(
  { baseline, classes, safeLevel, boundBy }: ClimbFindings,
  ladder: Pick<Ladder, "unit">,
): { readonly title: string; readonly text: string }[] {
  const level = (value: number | null) => value === null ? "not seen" : levelText(ladder, value);
  return [
    { title: "baseline", text: baselineText(baseline) },
    ...classes.map(({ name, from }) => ({ title: `${name} from`, text: level(from) })),
    { title: "safe limit", text: level(safeLevel) },
    { title: "bound by", text: boundBy ?? "nothing that was seen" },
  ];
}

function baselineText(baseline: ClimbFindings["baseline"]): string {
  if (baseline === null) return "not measured";
  const { stage, p95Ms, okRatio } = baseline;
  const p95 = p95Ms === null ? "unknown" : formatRounded(p95Ms, "ms");
  const success = okRatio === null ? "unknown" : formatRounded(okRatio, "ratio");
  return `${stage}: p95 ${p95}, success ${success}`;
}
