/**
 * What is asked of a run, as one line of text: `request.response.p99 < 200ms over 30s`.
 * Reads and writes thresholds; never looks at a measurement and knows no metric's name.
 *
 * ```ebnf
 * threshold  = figure , comparison , limit , { clause } ;       (* see figure.ts *)
 * comparison = "<" | "<=" | ">" | ">=" | "==" | "!=" ;
 * limit      = [ "-" ] , ( duration | number ) | size | number , "/s" | size , "/s" | number , "%" ;
 * clause     = "over" , duration                                (* every window of this width *)
 *            | "for" , duration                                 (* only a breach that lasts *)
 *            | "after" , duration                               (* not the start of the run *)
 *            | "in" , stage ;                                   (* unless the figure has it *)
 * ```
 *
 * White space is free around comparisons and clauses. Each clause stands once.
 * @module
 */

import {
  type Figure,
  formatFigure,
  formatStage,
  readFigure,
  readStage,
  termsOf,
  timeViewOf,
  unitsOfFigure,
} from "./figure.ts";
import {
  exactDuration,
  formatLimit,
  type Limit,
  LIMIT_EXAMPLE,
  type LimitUnit,
  parseLimit,
} from "./limit.ts";
import { TextScanner } from "./text_scanner.ts";

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** One question to a run. */
export interface Threshold {
  /** As it was written; what its finding is called. */
  readonly source: string;
  readonly figure: Figure;
  readonly comparison: Comparison;
  readonly limit: Limit;
  /** Width of the sliding window, >= 1000; null: the whole run at once. */
  readonly overMs: number | null;
  /** How long a breach must last to count, > 0; null: any breach counts. */
  readonly forMs: number | null;
  /** What was measured before this time since the run's start is left out; 0 leaves out nothing. */
  readonly afterMs: number;
}

const COMPARISON = /<=|>=|==|!=|<|>/y;
/** A number and its unit, which may stand apart from it; a clause's first word is no unit. */
const LIMIT =
  /-?(?:\d+(?:\.\d+)?|\.\d+)(?:\s*(?!(?:over|for|after|in)\b)[A-Za-zµμ%/][A-Za-z0-9.µμ%/]*)?/y;
const CLAUSE = /(?:over|for|after|in)\b/y;

/**
 * The threshold that a line of text stands for, about whatever class of failure.
 * @throws {SyntaxError} if the text does not follow the grammar at the head of this file
 */
export function parseThreshold(text: string): Threshold {
  return readThreshold(text, undefined);
}

/**
 * As {@link parseThreshold}, for a load whose failures are known: a class that is neither a common
 * one nor among `reasons`, misspelt for example, is refused with a SyntaxError too.
 */
export function thresholdParser(reasons: readonly string[]): (text: string) => Threshold {
  return (text) => readThreshold(text, reasons);
}

function readThreshold(text: string, reasons: readonly string[] | undefined): Threshold {
  const scanner = new TextScanner(text, "threshold");
  scanner.skipSpace();
  const figure = readFigure(scanner, reasons);
  scanner.skipSpace();
  const comparison = scanner.expect(COMPARISON, "one of < <= > >= == !=") as Comparison;
  const limit = readLimit(scanner, unitsOfFigure(figure));
  const { stage, ...clauses } = readClauses(scanner, figure);
  return { source: text, figure: { ...figure, stage }, comparison, limit, ...clauses };
}

/** The canonical text; `parseThreshold` reads it back as the same threshold, `source` aside. */
export function formatThreshold(threshold: Threshold): string {
  const { figure, comparison, limit, overMs, forMs, afterMs } = threshold;
  return [
    `${formatFigure({ ...figure, stage: null })} ${comparison} ${formatLimit(limit)}`,
    figure.stage === null ? "" : ` in ${formatStage(figure.stage)}`,
    overMs === null ? "" : ` over ${exactDuration(overMs)}`,
    forMs === null ? "" : ` for ${exactDuration(forMs)}`,
    afterMs === 0 ? "" : ` after ${exactDuration(afterMs)}`,
  ].join("");
}

/**
 * The figure that a threshold is about, without comparison, limit and clauses but the stage: two
 * thresholds with the same subject ask about the same thing. A time without a view is the response
 * time's.
 */
export function thresholdSubject({ figure }: Threshold): string {
  const [term = figure, per = null] = termsOf(figure).map((one) => ({
    ...one,
    view: one.view ?? timeViewOf(one),
  }));
  return formatFigure({ ...figure, ...term, per });
}

function readLimit(scanner: TextScanner, accepted: readonly LimitUnit[]): Limit {
  scanner.skipSpace();
  const expected = accepted.map((unit) => LIMIT_EXAMPLE[unit]).join(" or ");
  const text = scanner.expect(LIMIT, expected);
  const limit = parseLimit(text.replace(/\s+/g, ""), accepted) ?? scanner.fail(expected, text);
  // 5 is meant to be 5 %, and nothing is beyond 500 %.
  const isShare = limit.unit === "ratio" && !accepted.includes("none");
  if (isShare && limit.value > 1) scanner.fail("a share of at most 100%", text);
  return limit;
}

interface Clauses extends Pick<Threshold, "overMs" | "forMs" | "afterMs"> {
  readonly stage: string | null;
}

function readClauses(scanner: TextScanner, { stage: written }: Figure): Clauses {
  const found = new Map<string, number>();
  let stage = written;
  for (scanner.skipSpace(); !scanner.atEnd; scanner.skipSpace()) {
    const clause = scanner.expect(CLAUSE, `"over", "for", "after", "in" or the end`);
    if (found.has(clause) || (clause === "in" && stage !== null)) {
      scanner.fail(`"${clause}" once`, clause);
    }
    scanner.skipSpace();
    if (clause === "in") stage = readStage(scanner);
    else found.set(clause, readClauseMs(scanner, clause));
  }
  return {
    stage,
    overMs: found.get("over") ?? null,
    forMs: found.get("for") ?? null,
    afterMs: found.get("after") ?? 0,
  };
}

function readClauseMs(scanner: TextScanner, clause: string): number {
  const text = scanner.expect(/\S+/y, `a duration such as 30s after "${clause}"`);
  const limit = parseLimit(text, ["ms"]);
  if (limit === undefined || limit.value < 0 || (limit.value === 0 && clause !== "after")) {
    return scanner.fail(`a duration such as 30s after "${clause}"`, text);
  }
  // Figures are kept by the second, so a narrower window would see all or nothing.
  if (clause === "over" && limit.value < 1_000) scanner.fail('at least 1s after "over"', text);
  return limit.value;
}
