/**
 * A command line as words: `a 'b c' "d e"` -> a, b c, d e. Knows quotes and nothing else of a shell: no
 * variables, no pipes, no escapes.
 * @module
 */

/** Text in quotes, or without; several without a space between them are one word. */
const PIECE = /'([^']*)'|"([^"]*)"|[^\s'"]+|\s+/gy;

/** At least one. @throws {SyntaxError} if there is none, or a quote has no end */
export function wordsOf(line: string): [command: string, ...args: string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let readTo = 0;
  for (const [piece, single, double] of line.matchAll(PIECE)) {
    readTo += piece.length;
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (single ?? double ?? piece);
    }
  }
  if (readTo < line.length) throw new SyntaxError(`has a quote without an end: ${line}`);
  if (word !== undefined) words.push(word);
  const [command, ...args] = words;
  if (command === undefined || command === "") throw new SyntaxError("must name a program");
  return [command, ...args];
}
