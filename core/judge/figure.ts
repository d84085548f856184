/**
 * One number of a run, as a line of text: `create.response.p95 in "add routes"`, or the ratio of two:
 * `statusWrites.total / attach.count`. Reads and writes figures; never looks at a measurement and
 * knows no metric's name.
 *
 * ```ebnf
 * figure     = term , [ "/" , term ] , [ "in" , stage ] ;
 * term       = metric , [ "." , view ] , "." , stat ;
 * metric     = name , [ "{" , tag , { "," , tag } , "}" ] ;
 * tag        = name , "=" , ( bare | JSON string ) ;
 * view       = "service" | "response" | "lag"                   (* times of an operation *)
 *            | "ok" | "failed" , [ "{" , "reason" , "=" , bare , "}" ]
 *            | "dropped" | "cancelled" ;                        (* outcomes of an operation *)
 * stat       = "p" , number | "p(" , number , ")"               (* percentile, 0 to 100 *)
 *            | "min" | "mean" | "max" | "count" | "ratio" | "rate" | "total" | "last" ;
 * stage      = bare , { "=" , bare } | JSON string ;            (* the name of a stage of the run *)
 * name       = ( letter | "_" ) , { letter | digit | "_" | "-" } ;
 * bare       = ( letter | digit | "_" | "." | ":" | "/" | "-" ) , { ... the same } ;
 * ```
 *
 * White space is free around `/`, before and after `in`, and within braces. Tags select series, which
 * are merged over the tags that are not named; `reason` (a class of failures, e.g. timeout or
 * http-503) belongs to `failed` because it is no tag of a series. Without a view, the times of an
 * operation are its response times, `count` and `rate` are of what finished (ok + failed), and
 * `total` is everything that was due. `failed.ratio` and `ok.ratio` are shares of what finished,
 * `dropped.ratio` and `cancelled.ratio` of all that was due. A ratio is a plain number where both
 * units are the same, and has the unit of what is divided where the divisor has none.
 * @module
 */

import { COMMON_REASONS, type FailureReason, type Tags } from "../measure/sample.ts";
import { didYouMean } from "../nearest.ts";
import { type LimitUnit, plainDecimal } from "./limit.ts";
import { TextScanner } from "./text_scanner.ts";
import {
  acceptedUnits,
  isTimeView,
  OUTCOME_VIEWS,
  PLAIN_STATS,
  quotientUnits,
  type Stat,
  statsOf,
  SYNONYMS,
  type TimeView,
  type View,
  VIEWS,
} from "./threshold_words.ts";

/** A figure of one metric. */
export interface FigureTerm {
  readonly metric: string;
  /** Series without these tags are left out; empty takes all. */
  readonly tags: Tags;
  readonly view: View | null;
  /** Only failures of this class; null unless the view is "failed". */
  readonly reason: FailureReason | null;
  readonly stat: Stat;
}

/** One number of a run, or of one of its stages. */
export interface Figure extends FigureTerm {
  /** What it is divided by; null: it is no ratio. */
  readonly per: FigureTerm | null;
  /** The stage that it is taken from; null: whatever it is asked of. */
  readonly stage: string | null;
}

const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const BARE_VALUE = /[A-Za-z0-9_.:/-]+/y;
const BARE_STAGE = /[A-Za-z0-9_.:/-]+(?:=[A-Za-z0-9_.:/-]+)*/y;
const QUOTED_VALUE = /"(?:[^"\\]|\\.)*"/y;
/** `http-` needs a status code. */
const HTTP_REASON = /^http-[1-5]\d\d$/;
const PERCENTILE = /p(?:(\d+(?:\.\d+)?)|\(\s*(\d+(?:\.\d+)?)\s*\))/y;

/**
 * The figure that a line of text stands for.
 * @throws {SyntaxError} if the text does not follow the grammar at the head of this file
 */
export function parseFigure(text: string): Figure {
  const scanner = new TextScanner(text, "figure");
  scanner.skipSpace();
  const figure = readFigure(scanner);
  scanner.skipSpace();
  if (!scanner.atEnd) {
    scanner.expect(/$/y, figure.stage === null ? '"/", "in" or the end' : "the end");
  }
  return figure;
}

/** The canonical text; `parseFigure` reads it back as the same figure. */
export function formatFigure(figure: Figure): string {
  const { per, stage } = figure;
  return [
    formatTerm(figure),
    per === null ? "" : ` / ${formatTerm(per)}`,
    stage === null ? "" : ` in ${formatStage(stage)}`,
  ].join("");
}

/** What a figure is made of: one term, or the two of a ratio. */
export function termsOf(figure: Figure): readonly FigureTerm[] {
  return figure.per === null ? [figure] : [figure, figure.per];
}

/** Which of an operation's times the term needs; null: none of them. */
export function timeViewOf({ view, stat }: FigureTerm): TimeView | null {
  if (view !== null) return isTimeView(view) ? view : null;
  return ["percentile", "min", "mean", "max"].includes(stat.kind) ? "response" : null;
}

/** The units in which it can be asked for; which of them fits is known with the metric's kind. */
export function unitsOfFigure(figure: Figure): readonly LimitUnit[] {
  const [units, divisor] = termsOf(figure).map(({ view, stat }) => acceptedUnits(view, stat));
  return divisor === undefined ? units ?? [] : quotientUnits(units ?? [], divisor);
}

/** The stat as it is written: "p99.9", "mean". */
export function formatStat(stat: Stat): string {
  return stat.kind === "percentile" ? `p${plainDecimal(stat.percentile)}` : stat.kind;
}

/** The stage's name as it stands after `in`. */
export function formatStage(stage: string): string {
  return inQuotesUnless(BARE_STAGE, stage);
}

function formatTerm({ metric, tags, view, reason, stat }: FigureTerm): string {
  const pairs = Object.keys(tags).sort()
    .map((key) => `${key}=${inQuotesUnless(BARE_VALUE, tags[key] ?? "")}`);
  return [
    metric,
    pairs.length === 0 ? "" : `{${pairs.join(",")}}`,
    view === null ? "" : `.${view}`,
    reason === null ? "" : `{reason=${reason}}`,
    `.${formatStat(stat)}`,
  ].join("");
}

function inQuotesUnless(bare: RegExp, value: string): string {
  return new RegExp(`^(?:${bare.source})$`).test(value) ? value : JSON.stringify(value);
}

/**
 * Reads a figure from where the scanner is.
 * @param reasons the classes of failure that there are beside the common ones; absent: any
 * @throws {SyntaxError} if there is none
 */
export function readFigure(scanner: TextScanner, reasons?: readonly string[]): Figure {
  const term = readTerm(scanner, { expected: "a metric such as request", reasons });
  const per = scanner.take(/\s*\/\s*/y) === undefined
    ? null
    : readTerm(scanner, { expected: 'a metric such as request after "/"', reasons });
  const figure = { ...term, per, stage: null };
  if (per !== null && unitsOfFigure(figure).length === 0) {
    const expected = `a figure that has no unit, or that of ${formatTerm(term)}, after "/"`;
    scanner.fail(expected, formatTerm(per));
  }
  return scanner.take(/\s+in\b\s*/y) === undefined
    ? figure
    : { ...figure, stage: readStage(scanner) };
}

/** Reads the name that stands after `in`. @throws {SyntaxError} if there is none */
export function readStage(scanner: TextScanner): string {
  const quoted = scanner.take(QUOTED_VALUE);
  if (quoted !== undefined) return unquoted(scanner, quoted);
  return scanner.expect(
    BARE_STAGE,
    'the name of a stage after "in", in quotes if it has other signs',
  );
}

function readTerm(
  scanner: TextScanner,
  { expected, reasons }: { expected: string; reasons: readonly string[] | undefined },
): FigureTerm {
  const metric = scanner.expect(NAME, expected);
  const tags = readTags(scanner);
  scanner.expect(/\./y, `".", then a stat such as p99`);
  const { view, reason } = readView(scanner, reasons);
  return { metric, tags, view, reason, stat: readStat(scanner, view) };
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

function readView(
  scanner: TextScanner,
  reasons: readonly string[] | undefined,
): Pick<FigureTerm, "view" | "reason"> {
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
  const reason = view === "failed" ? readReason(scanner, reasons) : null;
  scanner.expect(/\./y, `"." and one of ${statsOf(view).join(", ")} after ${view}`);
  return { view, reason };
}

function readReason(
  scanner: TextScanner,
  reasons: readonly string[] | undefined,
): FailureReason | null {
  if (scanner.take(/\{/y) === undefined) return null;
  scanner.expect(
    /\s*reason\s*=\s*/y,
    "reason=... (tags of the series stand after the metric's name)",
  );
  const text = scanner.expect(BARE_VALUE, "a failure class such as timeout");
  if (reasons !== undefined) requireKnown(text, { scanner, reasons });
  scanner.expect(/\s*\}/y, `"}"`);
  return text;
}

/** A misspelt class would be counted as never seen and pass. */
function requireKnown(
  reason: string,
  { scanner, reasons }: { scanner: TextScanner; reasons: readonly string[] },
): void {
  const known = [...new Set([...COMMON_REASONS, ...reasons, "http-503"])];
  if (known.includes(reason) || HTTP_REASON.test(reason)) return;
  scanner.fail(`one of ${known.join(", ")}`, reason, didYouMean(reason, known));
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
