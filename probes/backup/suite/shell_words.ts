/**
 * Which words does a shell make of a line? Quoting and splitting only: whatever would make the shell
 * look something up, run something or write somewhere is refused, and not taken for a word.
 * Source: POSIX.1-2024, Shell Command Language, sections 2.2 and 2.6.
 * @module
 */

const BLANKS = /[ \t]+/y;
/** Pieces of a word; what is none of them is refused. */
const PIECES = {
  /** Gone, as if the lines were one. */
  continuation: /\\\n/y,
  single: /'([^']*)'/y,
  double: /"((?:[^"\\]|\\[^])*)"/y,
  escaped: /\\([^])/y,
  plain: /([^\s'"\\$`;&|<>()*?[\]{}]+)/y,
} as const;
/** What a backslash takes its meaning from within double quotes; before others it stands for itself. */
const ESCAPED_IN_QUOTES = /\\([$`"\\\n])/g;

/** @throws {SyntaxError} saying what would not be a word, and where */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  /** Undefined: between two words. */
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    const [blanks] = matched(BLANKS, line, at) ?? [];
    if (blanks !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += blanks.length;
      continue;
    }
    if (word === undefined && /[#~]/.test(line[at]!)) throw refused(line, at);
    const { value, length } = pieceAt(line, at);
    if (value !== undefined) word = (word ?? "") + value;
    at += length;
  }
  return word === undefined ? words : [...words, word];
}

function pieceAt(line: string, at: number): { value: string | undefined; length: number } {
  for (const [kind, pattern] of Object.entries(PIECES)) {
    const [whole, inner] = matched(pattern, line, at) ?? [];
    if (whole === undefined) continue;
    const value = kind === "double" ? unquoted(inner!, line, at) : inner;
    return { value, length: whole.length };
  }
  throw refused(line, at);
}

function unquoted(inner: string, line: string, at: number): string {
  const active = /^(?:[^\\$`]|\\[^])*/.exec(inner)![0].length;
  if (active < inner.length) throw refused(line, at + 1 + active);
  return inner.replace(ESCAPED_IN_QUOTES, (_, sign: string) => sign === "\n" ? "" : sign);
}

function matched(pattern: RegExp, line: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line) ?? undefined;
}

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/['"]/, "is never closed"],
  [/\\/, "has nothing behind it"],
  [/[$`]/, "would be replaced by a shell"],
  [/[*?[\]{}~]/, "would be matched with names of files by a shell"],
  [/#/, "would begin a comment in a shell"],
  [/\s/, "would end the command in a shell"],
];

function refused(line: string, at: number): SyntaxError {
  const sign = line[at]!;
  const [, meaning = "would be an operator of a shell"] =
    MEANINGS.find(([signs]) => signs.test(sign)) ?? [];
  const remedy = /['"\\]/.test(sign) ? "" : "; quote it with '...'";
  return new SyntaxError(
    `${JSON.stringify(sign)} at character ${at + 1} ${meaning}${remedy}`,
  );
}
