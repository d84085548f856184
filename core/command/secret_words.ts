/**
 * Which words of a command line may be secrets, and how is a message written that quotes them? A
 * shell shows nobody else what was typed; a log of CI shows everybody what a program says.
 * @module
 */

import { nearestWord } from "../nearest.ts";
import type { Command } from "./command.ts";
import { pathsOf } from "./command_tree.ts";
import { flagNames } from "./flags.ts";

/** The words that were typed, for some of these commands. */
export interface TypedLine {
  readonly args: readonly string[];
  readonly commands: readonly Command[];
}

/**
 * The message, in which what stands behind a flag for a secret is not quoted, and of a word that
 * begins with a dash only what is surely no value: `-phunter2` is `-p`, `--tokn=hunter2` is `--tokn`.
 */
export function withoutSecrets(message: string, line: TypedLine): string {
  let text = message;
  // The longest first: a shorter one may be a part of it.
  const words = [...doubtful(line)].sort((one, other) => other.word.length - one.word.length);
  for (const { word, shown } of words) {
    for (const quote of [`"`, `'`]) {
      const quoted = shown.startsWith("-") ? quote + shown + quote : shown;
      text = text.replaceAll(quote + word + quote, () => quoted);
    }
  }
  return text;
}

/** Words that are not quoted as they are, and what stands for each. */
function* doubtful({ args, commands }: TypedLine): Generator<{ word: string; shown: string }> {
  const flags = flagsOf(commands);
  /** What the words up to the next flag may belong to: `--token Bearer hunter2`. */
  let secret: string | undefined;
  let isValue = false;
  for (const word of args) {
    const name: string | undefined = isValue ? undefined : /^--?([A-Za-z][^=]*)/.exec(word)?.[1];
    isValue = false;
    if (name === undefined) {
      if (secret !== undefined && word !== "") yield { word, shown: `behind ${secret}` };
      continue;
    }
    const shown = surelyNoValue(word, { name, flags });
    if (shown !== word) yield { word, shown };
    secret = flags.secrets.has(name) ? `--${name}` : undefined;
    isValue = secret !== undefined && !word.includes("=");
  }
}

interface FlagWords {
  readonly names: ReadonlySet<string>;
  /** Those of flags for secrets, letters too. */
  readonly secrets: ReadonlySet<string>;
}

function flagsOf(commands: readonly Command[]): FlagWords {
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const { flags } of [...pathsOf(commands)].map((path) => path.at(-1)!)) {
    for (const [spelling, name] of flagNames(flags)) {
      const { isSecret = false, short } = flags[name]!;
      const words = short === undefined ? [spelling] : [spelling, short];
      for (const word of words) names.add(word);
      if (isSecret) { for (const word of words) secrets.add(word); }
    }
  }
  return { names, secrets };
}

/** A value may be glued to the name of a flag, or to the letter that other programs have for it. */
function surelyNoValue(
  word: string,
  { name, flags: { names, secrets } }: { name: string; flags: FlagWords },
): string {
  const dashes = word.startsWith("--") ? "--" : "-";
  if (names.has(name) || nearestWord(name, names) !== undefined) return dashes + name;
  const glued = [...secrets].find((secret) => secret.length > 1 && name.startsWith(secret));
  if (glued !== undefined) return dashes + glued;
  const hasLetter = dashes === "-" && [...secrets].some((secret) => secret[0] === name[0]);
  return dashes + (hasLetter ? name[0] : name);
}
