/**
 * What did a data plane answer, and what does that say of the route that was asked for? Sorts and
 * counts answers; never asks.
 *
 * What stands for what (seen with Contour + Envoy and Traefik): 404, or a refused connection where a
 * Gateway has no route at all and its port is closed, is "not yet"; 500 is a backend that cannot be
 * resolved; 503 with "no healthy upstream" a Service without endpoints, with "upstream connect error"
 * a backend that refuses, with an empty body one that is being put in place. So the first bytes of
 * the body are kept.
 * @module
 */

import { OperationFailedError } from "../../../core/errors.ts";
import type { FailureReason } from "../../../core/measure/sample.ts";

/** What every answer has. Times are ms of the run's clock. */
interface AnswerTimes {
  readonly askedMs: number;
  /** When it was there: the time of this answer in everything that is told. */
  readonly atMs: number;
  /**
   * Which of the asker's connections it came over, from 1: a kept one was replaced when it grows. 0:
   * none could be made.
   */
  readonly connection: number;
}

/** An HTTP answer of any status; redirects are not followed. */
export interface StatusAnswer extends AnswerTimes {
  readonly kind: "status";
  readonly status: number;
  /** The Location header. */
  readonly location?: string;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The first bytes of the body as text; they tell whose 503 it is. */
  readonly bodyHead: string;
}

/** There was no HTTP answer. */
export interface FailedAnswer extends AnswerTimes {
  readonly kind: "failed";
  readonly reason: FailureReason;
  /** What the socket said. */
  readonly text: string;
}

export type Answer = StatusAnswer | FailedAnswer;

/** The answer of a data plane that serves the route. */
export interface Expected {
  readonly status: number;
  /** This Location, whatever its port, for a route that redirects and so needs no backend. */
  readonly location?: string;
  /** A header that the route adds, which tells its generations apart. */
  readonly header?: readonly [name: string, value: string];
  /** What else has to be so, of a route that changes meanwhile: it is what it is, or was before. */
  readonly accepts?: (answer: StatusAnswer) => boolean;
}

export function matches(
  answer: Answer,
  { status, location, header, accepts }: Expected,
): boolean {
  if (answer.kind === "failed" || answer.status !== status) return false;
  if (location !== undefined && !isSamePlace(answer.location, location)) return false;
  if (header !== undefined && answer.headers.get(header[0].toLowerCase()) !== header[1]) {
    return false;
  }
  return accepts?.(answer) ?? true;
}

/**
 * Whatever their ports: a route without one means the listener's, which some data planes write and
 * others leave out; Traefik 3.7 writes that of the Host header that it was asked with.
 * Source: gateway-api, apis/v1/httproute_types.go, HTTPRequestRedirectFilter.Port.
 */
function isSamePlace(given: string | undefined, expected: string): boolean {
  const [one, other] = [URL.parse(given ?? ""), URL.parse(expected)];
  if (one === null || other === null) return given === expected;
  one.port = other.port = "";
  return one.href === other.href;
}

/**
 * What an answer is counted under: `expected`, `http-404`, or the reason of its failure. One with the
 * expected status but another location or header is `other-route`: a route before the change, or
 * somebody else's.
 */
export function classOf(answer: Answer, expected: Expected): string {
  if (matches(answer, expected)) return "expected";
  if (answer.kind === "failed") return answer.reason;
  return answer.status === expected.status ? "other-route" : `http-${answer.status}`;
}

/** Classes that say that the data plane does not know the route yet: no fault before it is served. */
const NOT_YET: ReadonlySet<string> = new Set(["http-404", "connection-refused", "other-route"]);

/** Whether answers of a class are errors even while the route is being put in place. */
export function isError(answerClass: string): boolean {
  return answerClass !== "expected" && !NOT_YET.has(answerClass);
}

/** How many answers there were of one class. */
export interface ClassCount {
  readonly count: number;
  /** See {@link isError}. */
  readonly isError: boolean;
  /** When the first one came. */
  readonly firstMs: number;
  /** What the first one said: the head of its body, or the text of the failure. */
  readonly firstText: string;
}

/** Counts of answers by class, in the order in which the classes were first seen. */
export class AnswerCounts {
  readonly #counts = new Map<string, ClassCount>();
  #asked = 0;

  constructor(readonly expected: Expected) {}

  get asked(): number {
    return this.#asked;
  }

  /** How many were errors, see {@link isError}. */
  get errors(): number {
    return [...this.#counts.values()].reduce(
      (sum, { count, isError }) => sum + (isError ? count : 0),
      0,
    );
  }

  /** For the end of a message: "; answers: 12 x http-404, 3 x http-503 (no healthy upstream)". */
  get told(): string {
    const classes = [...this.#counts].map(([answerClass, { count, firstText }]) =>
      `${count} x ${answerClass}${firstText === "" ? "" : ` (${firstText})`}`
    );
    return classes.length === 0 ? "" : `; answers: ${classes.join(", ")}`;
  }

  get byClass(): Readonly<Record<string, ClassCount>> {
    return Object.fromEntries(this.#counts);
  }

  /** @returns its class */
  add(answer: Answer): string {
    this.#asked++;
    const answerClass = classOf(answer, this.expected);
    const before = this.#counts.get(answerClass);
    this.#counts.set(
      answerClass,
      before ? { ...before, count: before.count + 1 } : {
        count: 1,
        isError: isError(answerClass),
        firstMs: answer.atMs,
        firstText: textOf(answer),
      },
    );
    return answerClass;
  }
}

/** What an answer says of itself: the head of its body, or the text of the failure. */
export function textOf(answer: Answer): string {
  return answer.kind === "status" ? answer.bodyHead : answer.text;
}

/** An answer that is not the expected one, as the outcome of an operation of the load. */
export class UnexpectedAnswerError extends OperationFailedError {
  override name = "UnexpectedAnswerError";

  constructor(readonly answer: Answer, expected: Expected) {
    const answerClass = classOf(answer, expected);
    super(answerClass, `Expected ${expected.status}, got ${answerClass}${inBrackets(answer)}`);
  }
}

/** @throws {UnexpectedAnswerError} with its class as the reason */
export function requireExpected(answer: Answer, expected: Expected): void {
  if (!matches(answer, expected)) throw new UnexpectedAnswerError(answer, expected);
}

function inBrackets(answer: Answer): string {
  const text = textOf(answer);
  return text === "" ? "" : ` (${text})`;
}
