/**
 * `[RUN] WORD [ARGUMENT]` -> which run, and what it is asked. Knows no run; what the words mean to one
 * is decided there.
 * @module
 */

import { messageOf, UsageError } from "../errors.ts";
import { integer, number } from "../command/flags.ts";
import { didYouMean } from "../nearest.ts";
import type { Change } from "../run_log/change.ts";

/** What can be asked for by a word. */
export interface Verb {
  /** What follows it, for people; undefined: nothing. */
  readonly argument?: string;
  readonly about: string;
  /** @throws {SyntaxError | RangeError} `must be ...` */
  readonly changeOf: (argument: string) => Change | "status";
}

const MOST_MARK_CHARACTERS = 200;

export const VERBS: ReadonlyMap<string, Verb> = new Map(Object.entries<Verb>({
  status: { about: "how it is, and what it can be asked for", changeOf: () => "status" },
  rate: {
    argument: "X",
    about: "arrivals per second from now on",
    changeOf: (text) => ({ kind: "rate", ratePerSec: number({ above: 0 }).parse(text) }),
  },
  scale: {
    argument: "N",
    about: "workers, watchers or users from now on",
    changeOf: (text) => ({ kind: "scale", workers: integer({ min: 1 }).parse(text) }),
  },
  pause: { about: "nothing new begins until resume", changeOf: () => ({ kind: "pause" }) },
  resume: { about: "the load goes on", changeOf: () => ({ kind: "resume" }) },
  stop: {
    about: "the load ends, and is judged on what it had",
    changeOf: () => ({ kind: "stop" }),
  },
  mark: { argument: "TEXT", about: "a note on the time axis", changeOf: markOf },
}));

function markOf(text: string): Change {
  if (text.length < 1 || text.length > MOST_MARK_CHARACTERS) {
    throw new RangeError(
      `must be of 1 to ${MOST_MARK_CHARACTERS} characters, not of ${text.length}`,
    );
  }
  return { kind: "mark", text };
}

/** `rate X`. */
export function usageOf(word: string): string {
  const argument = VERBS.get(word)?.argument;
  return argument === undefined ? word : `${word} ${argument}`;
}

export const CTL_USAGE = `[RUN] ${[...VERBS.keys()].map(usageOf).join("|")}`;

/** What was typed. */
export interface TypedChange {
  /** A directory or an id; undefined: the only run that goes on. */
  readonly run: string | undefined;
  readonly asked: Change | "status";
}

/** @throws {UsageError} one line that says what is wrong and what is allowed */
export function parseTypedChange(words: readonly string[]): TypedChange {
  const [first = "", ...rest] = words;
  // A run may be called as a word is: that it is the word counts where it can be.
  const isWord = VERBS.has(first) && (takes(first, rest) || rest.length === 0);
  const run = isWord ? undefined : first;
  const [word, ...given] = isWord ? words : rest;
  if (word === undefined) {
    const hint = didYouMean(first, VERBS.keys());
    throw new UsageError(
      `ctl: missing what to ask of run "${first}"${hint}; usage: ctl ${CTL_USAGE}`,
    );
  }
  const verb = VERBS.get(word);
  if (verb === undefined) {
    const hint = didYouMean(word, VERBS.keys());
    throw new UsageError(`ctl: cannot ask for "${word}"${hint}; usage: ctl ${CTL_USAGE}`);
  }
  if (!takes(word, given)) {
    throw new UsageError(`ctl: expected ctl [RUN] ${usageOf(word)}, not "${words.join(" ")}"`);
  }
  try {
    return { run, asked: verb.changeOf(given.join(" ")) };
  } catch (error) {
    throw new UsageError(`ctl: ${usageOf(word)}: ${messageOf(error)}`, { cause: error });
  }
}

/** A text may be of several words, without quotes. */
function takes(word: string, given: readonly string[]): boolean {
  const { argument } = VERBS.get(word)!;
  if (argument === undefined) return given.length === 0;
  return argument === "TEXT" ? given.length > 0 : given.length === 1;
}
