/**
 * What `scaletool complete -- WORDS` prints for the scripts: `TEXT<tab>DESCRIPTION` a line, and a last
 * line `:files` where names of files may stand too, which the shell knows better.
 * @module
 */

import type { Command } from "../command.ts";
import { suggest } from "./suggest.ts";
import { typedWords } from "./typed_words.ts";

/** @param words as they were typed, the last one up to the cursor; before them there may be a `--` */
export function answerText(commands: readonly Command[], words: readonly string[]): string {
  const typed = typedWords(words[0] === "--" ? words.slice(1) : words);
  const { suggestions, takesFiles } = suggest(commands, typed);
  const lines = suggestions.map(({ text, about }) => `${text}\t${about}\n`);
  return lines.join("") + (takesFiles ? ":files\n" : "");
}
