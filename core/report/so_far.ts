/**
 * What a run that goes on has come to so far, from the same figures and by the same sums as its report.
 * @module
 */

import type { Finding } from "../judge/finding.ts";
import type { Standing } from "../judge/standing.ts";
import { summarize, type Summary } from "../measure/summary.ts";
import { curvesOf, happened, stageHead, stageReport, tablesOf } from "./build_report.ts";
import { generatorReports, overallValidity, responseOf, validityOf } from "./stage_fitness.ts";
import {
  type PercentileCurve,
  type ReportSoFar,
  SCHEMA_VERSION,
  type StageReport,
} from "./report.ts";
import type { RunFigures } from "./run_figures.ts";

/** Nobody takes histograms out of a page. */
const SHOWN = { withHdr: false };
/** Curves of a whole run change slowly, and are long. */
const CURVES_EVERY_MS = 5_000;

/** Of one run: stages that are over are reported once, curves now and then. */
export class SoFar {
  readonly #over = new Map<number, StageReport>();
  #curves: { readonly atMs: number; readonly curves: PercentileCurve[] } | undefined;

  constructor(readonly figures: RunFigures) {}

  /** @param standings how its thresholds stand, in the order of the manifest */
  report(standings: readonly Standing[]): ReportSoFar {
    const { figures } = this;
    const { manifest, notes } = figures;
    const { totals } = figures.whole;
    const summary = summarize(totals, SHOWN);
    const stages = figures.stages.flatMap((_, index) =>
      figures.hasBegun(index) ? [this.#stage(index, summary)] : []
    );
    const judged = stages.filter(({ kind }) => kind === "measured");
    const generators = generatorReports(figures, judged, { isSoFar: true });
    return {
      schemaVersion: SCHEMA_VERSION,
      manifest: { ...manifest, facts: { ...manifest.facts, ...notes.facts } },
      findings: [
        ...standings.map(findingSoFar),
        ...notes.findings.filter(({ subject }) => !manifest.thresholds.includes(subject)),
      ],
      validity: overallValidity(judged),
      generators,
      arrivals: null,
      warnings: notes.warnings,
      ...happened(notes),
      end: notes.end,
      summary,
      stages,
      ladder: null,
      climb: null,
      tables: tablesOf(figures, generators),
      percentileCurves: this.#percentileCurves(),
      series: figures.series,
    };
  }

  /** The same list until there are newer ones. */
  #percentileCurves(): PercentileCurve[] {
    const { notes: { lastMs: atMs, end }, whole: { totals } } = this.figures;
    const known = this.#curves;
    if (known !== undefined && end === null && atMs - known.atMs < CURVES_EVERY_MS) {
      return known.curves;
    }
    const curves = curvesOf(totals);
    this.#curves = { atMs, curves };
    return curves;
  }

  /** @param whole of all that is judged, which may be this stage alone */
  #stage(index: number, whole: Summary): StageReport {
    const known = this.#over.get(index);
    if (known !== undefined) return known;
    if (this.figures.stages[index]!.overMs === undefined) {
      return stageSoFar(this.figures, index, whole);
    }
    const report = stageReport(this.figures, index);
    this.#over.set(index, report);
    return report;
  }
}

/** What load that is still to come may change is no answer yet. */
function findingSoFar({ finding, state }: Standing): Finding {
  if (state === "fails") return finding;
  if (state === "holds") return { ...finding, reason: finding.reason || "so far" };
  return {
    ...finding,
    verdict: "inconclusive",
    reason: finding.reason || "it is too early to tell",
  };
}

function stageSoFar(figures: RunFigures, index: number, whole: Summary): StageReport {
  const { totals, findings, disqualified = null } = figures.stages[index]!;
  return {
    ...stageHead(figures, index),
    validity: validityOf(figures, index),
    arrivals: null,
    disqualified,
    findings,
    class: null,
    causes: [],
    response: responseOf(totals, figures.manifest.mainOperation, SHOWN),
    summary: totals === figures.whole.totals ? whole : summarize(totals, SHOWN),
  };
}
