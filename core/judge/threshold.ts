/**
 * What is asked of a run, as one line of text: `request.response.p99 < 200ms over 30s`.
 * Reads and writes thresholds; never looks at a measurement and knows no metric's name.
 *
 * ```ebnf
 * threshold  = metric , [ "." , view ] , "." , stat , comparison , limit , { clause } ;
 * metric     = name , [ "{" , tag , { "," , tag } , "}" ] ;
 * tag        = name , "=" , ( bare | JSON string ) ;
 * view       = "service" | "response" | "lag"                   (* times of an operation *)
 *            | "ok" | "failed" , [ "{" , "reason" , "=" , reason , "}" ]
 *            | "dropped" | "cancelled" ;                        (* outcomes of an operation *)
 * stat       = "p" , number | "p(" , number , ")"               (* percentile, 0 to 100 *)
 *            | "min" | "mean" | "max" | "count" | "ratio" | "rate" | "total" | "last" ;
 * comparison = "<" | "<=" | ">" | ">=" | "==" | "!=" ;
 * limit      = [ "-" ] , ( duration | number ) | size | number , "/s" | size , "/s" | number , "%" ;
 * clause     = "over" , duration                                (* every window of this width *)
 *            | "for" , duration                                 (* only a breach that lasts *)
 *            | "after" , duration ;                             (* not the start of the run *)
 * name       = ( letter | "_" ) , { letter | digit | "_" | "-" } ;
 * bare       = ( letter | digit | "_" | "." | ":" | "/" | "-" ) , { ... the same } ;
 * reason     = a failure class, e.g. timeout, connection-reset, http-503 ;
 * ```
 *
 * White space is free around comparisons and clauses and within braces. Tags select series, which are
 * merged over the tags that are not named; `reason` belongs to `failed` because it is no tag of a series.
 * Without a view, the times of an operation are its response times, `count` and `rate` are of
 * what finished (ok + failed), and `total` is everything that was due. `failed.ratio` and
 * `ok.ratio` are shares of what finished, `dropped.ratio` and `cancelled.ratio` of all that was due.
 * @module
 */

import type { FailureReason, Tags } from "../measure/sample.ts";
import {
  exactDuration,
  formatLimit,
  type Limit,
  LIMIT_EXAMPLE,
  type LimitUnit,
  parseLimit,
  plainDecimal,
} from "./limit.ts";
import { didYouMean } from "../nearest.ts";
import { TextScanner } from "./text_scanner.ts";
import {
  acceptedUnits,
  isFailureReason,
  OUTCOME_VIEWS,
  PLAIN_STATS,
  REASON_WORDS,
  type Stat,
  statsOf,
  SYNONYMS,
  type View,
  VIEWS,
} from "./threshold_words.ts";

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** One question to a run. */
export interface Threshold {
  /** As it was written; what its finding is called. */
  readonly source: string;
  readonly metric: string;
  /** Series without these tags are left out; empty takes all. */
  readonly tags: Tags;
  readonly view: View | null;
  /** Only failures of this class; null unless the view is "failed". */
  readonly reason: FailureReason | null;
  readonly stat: Stat;
  readonly comparison: Comparison;
  readonly limit: Limit;
  /** Width of the sliding window, >= 1000; null: the whole run at once. */
  readonly overMs: number | null;
  /** How long a breach must last to count, > 0; null: any breach counts. */
  readonly forMs: number | null;
  /** What was measured before this time since the run's start is left out; 0 leaves out nothing. */
  readonly afterMs: number;
}

const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const BARE_VALUE = /[A-Za-z0-9_.:/-]+/y;
const QUOTED_VALUE = /"(?:[^"\\]|\\.)*"/y;
const PERCENTILE = /p(?:(\d+(?:\.\d+)?)|\(\s*(\d+(?:\.\d+)?)\s*\))/y;
const COMPARISON = /<=|>=|==|!=|<|>/y;
/** A number and its unit, which may stand apart from it; a clause's first word is no unit. */
const LIMIT =
  /-?(?:\d+(?:\.\d+)?|\.\d+)(?:\s*(?!(?:over|for|after)\b)[A-Za-zµμ%/][A-Za-z0-9.µμ%/]*)?/y;
const CLAUSE = /(?:over|for|after)\b/y;

/**
 * The threshold that a line of text stands for.
 * @throws {SyntaxError} if the text does not follow the grammar at the head of this file
 */
export function parseThreshold(text: string): Threshold {
  const scanner = new TextScanner(text, "threshold");
  scanner.skipSpace();
  const metric = scanner.expect(NAME, "a metric such as request");
  const tags = readTags(scanner);
  scanner.expect(/\./y, `".", then a stat such as p99`);
  const { view, reason } = readView(scanner);
  const stat = readStat(scanner, view);
  scanner.skipSpace();
  const comparison = scanner.expect(COMPARISON, "one of < <= > >= == !=") as Comparison;
  const limit = readLimit(scanner, acceptedUnits(view, stat));
  const clauses = readClauses(scanner);
  return { source: text, metric, tags, view, reason, stat, comparison, limit, ...clauses };
}

/** The canonical text; `parseThreshold` reads it back as the same threshold, `source` aside. */
export function formatThreshold(threshold: Threshold): string {
  const { overMs, forMs, afterMs } = threshold;
  return [
    `${formatFigure(threshold)} ${threshold.comparison} ${formatLimit(threshold.limit)}`,
    overMs === null ? "" : ` over ${exactDuration(overMs)}`,
    forMs === null ? "" : ` for ${exactDuration(forMs)}`,
    afterMs === 0 ? "" : ` after ${exactDuration(afterMs)}`,
  ].join("");
}

/**
 * The figure that a threshold is about, without comparison, limit and clauses: two thresholds with
 * the same subject ask about the same thing. A time without a view is the response time's.
 */
export function thresholdSubject(threshold: Threshold): string {
  const isTime = ["percentile", "min", "mean", "max"].includes(threshold.stat.kind);
  const view = threshold.view ?? (isTime ? "response" : null);
  return formatFigure({ ...threshold, view });
}

function formatFigure({ metric, tags, view, reason, stat }: Threshold): string {
  const pairs = Object.keys(tags).sort().map((key) => `${key}=${tagValue(tags[key] ?? "")}`);
  return [
    metric,
    pairs.length === 0 ? "" : `{${pairs.join(",")}}`,
    view === null ? "" : `.${view}`,
    reason === null ? "" : `{reason=${reason}}`,
    `.${formatStat(stat)}`,
  ].join("");
}

/** The stat as it is written: "p99.9", "mean". */
export function formatStat(stat: Stat): string {
  return stat.kind === "percentile" ? `p${plainDecimal(stat.percentile)}` : stat.kind;
}

function tagValue(value: string): string {
  return /^[A-Za-z0-9_.:/-]+$/.test(value) ? value : JSON.stringify(value);
}

function readTags(scanner: TextScanner): Tags {
  const pairs = new Map<string, string>();
  if (scanner.take(/\{\s*/y) === undefined) return {};
  do {
    const key = scanner.expect(NAME, "a tag such as connection=0");
    if (pairs.has(key)) scanner.fail(`the tag ${key} once`, key);
    scanner.expect(/\s*=\s*/y, `"=" after ${key}`);
    const quoted = scanner.take(QUOTED_VALUE);
    pairs.set(
      key,
      quoted === undefined
        ? scanner.expect(BARE_VALUE, `a value for ${key}, in quotes if it has other signs`)
        : unquoted(scanner, quoted),
    );
  } while (scanner.take(/\s*,\s*/y) !== undefined);
  scanner.expect(/\s*\}/y, `"," or "}"`);
  return Object.fromEntries(pairs);
}

function unquoted(scanner: TextScanner, quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return scanner.fail("a value in quotes as JSON has them", quoted);
  }
}

function readView(scanner: TextScanner): Pick<Threshold, "view" | "reason"> {
  const word = scanner.peek(NAME);
  const view = VIEWS.find((known) => known === word);
  if (view === undefined) {
    const stands = scanner.peek(/[A-Za-z_][A-Za-z0-9_-]*[.{]/y) !== undefined;
    if (word === undefined || !stands || scanner.peek(PERCENTILE) !== undefined) {
      return { view: null, reason: null };
    }
    return scanner.fail(`one of ${VIEWS.join(", ")}`, word, hintFor(word, VIEWS));
  }
  scanner.take(NAME);
  const reason = view === "failed" ? readReason(scanner) : null;
  scanner.expect(/\./y, `"." and one of ${statsOf(view).join(", ")} after ${view}`);
  return { view, reason };
}

function readReason(scanner: TextScanner): FailureReason | null {
  if (scanner.take(/\{/y) === undefined) return null;
  scanner.expect(
    /\s*reason\s*=\s*/y,
    "reason=... (tags of the series stand after the metric's name)",
  );
  const text = scanner.expect(BARE_VALUE, "a failure class such as timeout");
  // A misspelt class would be counted as never seen and pass.
  if (!isFailureReason(text)) {
    scanner.fail(`one of ${REASON_WORDS.join(", ")}`, text, didYouMean(text, REASON_WORDS));
  }
  scanner.expect(/\s*\}/y, `"}"`);
  return text;
}

function readStat(scanner: TextScanner, view: View | null): Stat {
  const offered = statsOf(view);
  const where = view === null ? "" : ` after ${view}`;
  const written = scanner.take(PERCENTILE);
  if (written !== undefined && offered.includes("p99")) {
    const percentile = Number(written.replace(/[p()\s]/g, ""));
    if (percentile > 100) scanner.fail("a percentile from 0 to 100", written);
    return { kind: "percentile", percentile };
  }
  const word = written ?? scanner.take(NAME) ?? "";
  const kind = PLAIN_STATS.find((known) => known === word);
  if (kind !== undefined && offered.includes(kind)) return { kind };
  if (kind === "ratio" && view === null) {
    scanner.fail(`one of ${OUTCOME_VIEWS.join(", ")} before ratio`, word);
  }
  return scanner.fail(`one of ${offered.join(", ")}${where}`, word, hintFor(word, offered));
}

function hintFor(word: string, known: readonly string[]): string {
  const synonym = SYNONYMS.get(word);
  return synonym === undefined ? didYouMean(word, known) : ` (did you mean "${synonym}"?)`;
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

function readClauses(scanner: TextScanner): Pick<Threshold, "overMs" | "forMs" | "afterMs"> {
  const found = new Map<string, number>();
  for (scanner.skipSpace(); !scanner.atEnd; scanner.skipSpace()) {
    const clause = scanner.expect(CLAUSE, `"over", "for", "after" or the end`);
    if (found.has(clause)) scanner.fail(`"${clause}" once`, clause);
    scanner.skipSpace();
    const text = scanner.expect(/\S+/y, `a duration such as 30s after "${clause}"`);
    const limit = parseLimit(text, ["ms"]);
    if (limit === undefined || limit.value < 0 || (limit.value === 0 && clause !== "after")) {
      return scanner.fail(`a duration such as 30s after "${clause}"`, text);
    }
    // Figures are kept by the second, so a narrower window would see all or nothing.
    if (clause === "over" && limit.value < 1_000) scanner.fail('at least 1s after "over"', text);
    found.set(clause, limit.value);
  }
  return {
    overMs: found.get("over") ?? null,
    forMs: found.get("for") ?? null,
    afterMs: found.get("after") ?? 0,
  };
}
