/**
 * How many of many routes does a data plane serve? Asks for each, and again for those that are not,
 * until all are or time is over: a controller that counts a route need not serve it. Each question has
 * a fresh connection, so that replicas behind one address all get some. Says nothing about when a route
 * was first served: that is `untilServed`, at 5 ms.
 * @module
 */

import type { Clock } from "../../../core/load/clock.ts";
import { type Answer, classOf, type Expected, matches, textOf } from "./answer.ts";
import type { Asker } from "./data_plane.ts";

/** A route, as its data plane is asked for it. */
export interface ServedRoute {
  /** For reports: `namespace/name`. */
  readonly route: string;
  readonly host: string;
  readonly path: string;
  readonly expected: Expected;
}

export interface CheckServedOptions {
  readonly clock: Clock;
  /** Of kind `fresh`. */
  readonly asker: Asker;
  readonly routes: readonly ServedRoute[];
  /** Questions at a time. @default 32 */
  readonly concurrency?: number;
  /** No round begins after it, from now; the first one always does. */
  readonly timeoutMs: number;
  /** From the end of one round to the next. @default 100 */
  readonly pauseMs?: number;
  readonly signal: AbortSignal;
}

/** A route that is not served, with the last answer for it. */
export interface MissingRoute {
  readonly route: string;
  readonly answerClass: string;
  /** The head of the body, or the text of the failure. */
  readonly text: string;
}

export interface ServedCheck {
  readonly served: number;
  /** Names of all that are not served at the end. */
  readonly unserved: ReadonlySet<string>;
  /** Not served at the end, by class of the last answer. */
  readonly missingByClass: Readonly<Record<string, number>>;
  /** Up to {@link MOST_EXAMPLES} of each class. */
  readonly missing: readonly MissingRoute[];
  readonly rounds: number;
  /** Questions of all rounds. */
  readonly asked: number;
}

/** So many examples of each class are told. */
export const MOST_EXAMPLES = 5;
const CONCURRENCY = 32;
const PAUSE_MS = 100;

type Asked = readonly [ServedRoute, Answer];

/** @throws the signal's reason, once it has aborted */
export async function checkServed(options: CheckServedOptions): Promise<ServedCheck> {
  const { clock, routes, timeoutMs, pauseMs = PAUSE_MS, signal } = options;
  const endMs = clock.now() + timeoutMs;
  let missing: readonly Asked[] = await askAll(routes, options);
  let rounds = 1;
  let asked = routes.length;
  while (missing.length > 0) {
    const nextMs = clock.now() + pauseMs;
    if (nextMs > endMs) break;
    await clock.sleepUntil(nextMs, signal);
    asked += missing.length;
    missing = await askAll(missing.map(([route]) => route), options);
    rounds++;
  }
  const unserved = new Set(missing.map(([{ route }]) => route));
  return { served: routes.length - missing.length, unserved, ...told(missing), rounds, asked };
}

/** Asks once for each. @returns those that are not served */
async function askAll(
  routes: readonly ServedRoute[],
  { asker, concurrency = CONCURRENCY, signal }: CheckServedOptions,
): Promise<Asked[]> {
  const missing: Asked[] = [];
  const left = routes.values();
  const askNext = async () => {
    for (const route of left) {
      const answer = await asker.ask({ host: route.host, path: route.path, signal });
      if (!matches(answer, route.expected)) missing.push([route, answer]);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, askNext));
  return missing;
}

function told(missing: readonly Asked[]): Pick<ServedCheck, "missing" | "missingByClass"> {
  const byClass: Record<string, number> = {};
  const examples: MissingRoute[] = [];
  for (const [{ route, expected }, answer] of missing) {
    const answerClass = classOf(answer, expected);
    const count = byClass[answerClass] = (byClass[answerClass] ?? 0) + 1;
    if (count <= MOST_EXAMPLES) examples.push({ route, answerClass, text: textOf(answer) });
  }
  return { missingByClass: byClass, missing: examples };
}
