/**
 * Which errors were the same? Lines of logs and messages, without what differs from one Job to the
 * next, counted. Pure, and of bounded size.
 * @module
 */

/** How often something was said, and once as it was said. */
export interface ErrorPattern {
  readonly pattern: string;
  readonly count: number;
  readonly example: string;
}

const MOST_PATTERNS = 50;
const MOST_LETTERS = 300;
const OTHERS = "(others)";

/** In this order: what is a part of another comes after it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "TIME"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "UID"],
  [/\bdevworkspace-backup-[0-9a-z]+(?:-[0-9a-z]+)?\b/g, "JOB"],
  [/\bworkspace[0-9a-f]{16}\b/g, "WORKSPACE-ID"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?/g, "ADDRESS"],
  [/\[[0-9a-f:]*:[0-9a-f:]+\](?::\d+)?/gi, "ADDRESS"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, "HEX"],
  [/\d+/g, "N"],
];
const ERROR_WORDS = /error|fail|denied|unauthori[sz]ed|forbidden|refused|timed? ?out|no such|x509/i;

/** See the module. */
export class ErrorPatterns {
  readonly #counts = new Map<string, { count: number; readonly example: string }>();

  /** @param names of objects of the run, which differ from one Job to the next */
  add(line: string, names: readonly string[] = []): void {
    const text = line.trim().slice(0, MOST_LETTERS);
    if (text === "") return;
    const pattern = patternOf(text, names);
    const known = this.#counts.get(pattern);
    if (known !== undefined) return void known.count++;
    if (this.#counts.size < MOST_PATTERNS) {
      this.#counts.set(pattern, { count: 1, example: text });
      return;
    }
    const others = this.#counts.get(OTHERS);
    if (others === undefined) this.#counts.set(OTHERS, { count: 1, example: text });
    else others.count++;
  }

  /** The most frequent first. */
  get all(): readonly ErrorPattern[] {
    return [...this.#counts].map(([pattern, told]) => ({ pattern, ...told }))
      .sort((one, other) => other.count - one.count || (one.pattern < other.pattern ? -1 : 1));
  }
}

/** The line of a log that says most about why its program has failed; undefined: it is empty. */
export function errorLineOf(log: string): string | undefined {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => ERROR_WORDS.test(line)) ?? lines.at(-1);
}

function patternOf(text: string, names: readonly string[]): string {
  let pattern = text;
  const longestFirst = names.filter((name) => OBJECT_NAME.test(name))
    .sort((one, other) => other.length - one.length);
  for (const name of longestFirst) {
    // Not where it is a part of a word or of another name.
    const alone = new RegExp(`(?<![\\w.-])${name.replaceAll(".", "\\.")}(?![\\w-])`, "g");
    pattern = pattern.replaceAll(alone, "NAME");
  }
  for (const [variable, word] of VARIABLE) pattern = pattern.replaceAll(variable, word);
  return pattern;
}

const OBJECT_NAME = /^[a-z0-9][a-z0-9.-]*$/;
