/**
 * Words as they were typed at a shell -> what they would say to the program. Reads quotes and
 * redirections; expands and evaluates nothing.
 * @module
 */

/** What stands before the cursor. */
export interface TypedWords {
  /** The whole words. */
  readonly before: readonly string[];
  /** The word that the cursor is in, as far as it is typed. */
  readonly current: string;
  /** The current word is where output goes to or input comes from, and no word of the program's. */
  readonly isRedirection: boolean;
}

const REDIRECTION = /^(?:[<>]+[&|]?|&>+)$/;
/** A quoted part, whose end may be missing as yet; or a sign with a backslash before it. */
const QUOTED = /'([^']*)(?:'|$)|"((?:[^"\\]|\\.?)*)(?:"|$)|\\(.?)/gs;

/** @param words with their quotes; the last one up to the cursor */
export function typedWords(words: readonly string[]): TypedWords {
  const before: string[] = [];
  let isRedirection = false;
  for (const word of words.slice(0, -1)) {
    if (REDIRECTION.test(word)) {
      isRedirection = true;
      continue;
    }
    if (!isRedirection) before.push(unquoted(word));
    isRedirection = false;
  }
  return { before, current: unquoted(words.at(-1) ?? ""), isRedirection };
}

/** Source of the rules: POSIX.1-2017, Shell Command Language, 2.2 Quoting. */
function unquoted(word: string): string {
  return word.replace(
    QUOTED,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\([$`"\\\n])/g, "$1") ?? escaped ?? "",
  );
}
