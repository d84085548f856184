/**
 * What can stand where the cursor is? From the commands' declarations and the words as they were typed
 * at a shell, whose quotes and redirections are read; expands and evaluates nothing. Pure, but for what
 * a command itself looks up.
 * @module
 */

import { given } from "../../given.ts";
import type { Command, Suggestion } from "../command.ts";
import { commandsIn, subcommandFirst } from "../command_tree.ts";
import { type Flag, flagNames, type Flags } from "../flags.ts";

interface Suggestions {
  readonly suggestions: readonly Suggestion[];
  /** The name of a file may stand there as well. */
  readonly takesFiles: boolean;
}

const NONE: Suggestions = { suggestions: [], takesFiles: false };
const FILES: Suggestions = { suggestions: [], takesFiles: true };

/** Placeholders of flags whose values are names of files. */
const PATH_PLACEHOLDERS: ReadonlySet<string> = new Set(["file", "dir"]);

const PROGRAM_WORDS: readonly Suggestion[] = [
  { text: "help", about: "help for a command" },
  { text: "--help", about: "help for the program" },
  { text: "--version", about: "print the version" },
];

/** Those that begin as the current word does. */
function suggest(commands: readonly Command[], typed: TypedWords): Suggestions {
  if (typed.isRedirection) return FILES;
  const before = subcommandFirst(typed.before, commands);
  const { suggestions, takesFiles } = possible(commands, { ...typed, before });
  return {
    suggestions: suggestions.filter(({ text }) => text.startsWith(typed.current)),
    takesFiles,
  };
}

function possible(commands: readonly Command[], { before, current }: TypedWords): Suggestions {
  const command = commandsIn(before, commands).at(-1);
  if (command === undefined) {
    const isHelp = before[0] === "help";
    return only([...commands.map(wordOf), ...(isHelp ? [] : PROGRAM_WORDS)]);
  }
  if (before[0] === "help") return only((command.subcommands ?? []).map(wordOf));
  const place = placeOf(command, before);
  if (place.awaited !== undefined) return valuesOf(place.awaited, { typed: current });
  if (place.flagsAreOver || !current.startsWith("-")) {
    return argumentsOf(command, { ...place, current });
  }
  const [, spelling = "", name = ""] = /^(--?([A-Za-z][\w-]*)=)/.exec(current) ?? [];
  const flag = flagNamed(command.flags, name);
  return flag === undefined
    ? only(flagWords(command.flags, current))
    : valuesOf(flag, { typed: current, spelling });
}

function only(suggestions: readonly Suggestion[]): Suggestions {
  return { suggestions, takesFiles: false };
}

function wordOf({ name, summary }: Command): Suggestion {
  return { text: name, about: summary };
}

/** What the words before the current one make of it. */
interface Place {
  /** The flag whose value is next. */
  readonly awaited?: Flag<unknown>;
  /** After `--`. */
  readonly flagsAreOver: boolean;
  /** Arguments that are no flags, behind the command's name. */
  readonly positionals: readonly string[];
  /** Values that were typed, by the names of their flags as they were typed. */
  readonly flags: Readonly<Record<string, string>>;
}

function placeOf({ name, flags }: Command, words: readonly string[]): Place {
  const positionals: string[] = [];
  const typed: Record<string, string> = {};
  let awaited: string | undefined;
  let flagsAreOver = false;
  for (const word of words.slice(words.indexOf(name) + 1)) {
    if (awaited !== undefined) {
      typed[awaited] = word;
      awaited = undefined;
      continue;
    }
    const [, flag, value] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const kind = flagNamed(flags, flag ?? "")?.kind;
    if (word === "--") flagsAreOver = true;
    else if (flagsAreOver || flag === undefined) positionals.push(word);
    else if (value !== undefined) typed[flag] = value;
    else if (kind !== undefined && !kind.isSwitch) awaited = flag;
  }
  const next = awaited === undefined ? undefined : flagNamed(flags, awaited);
  return { ...given({ awaited: next }), flagsAreOver, positionals, flags: typed };
}

/** By its name, its letter or a name of old. */
function flagNamed(flags: Flags, given: string): Flag<unknown> | undefined {
  const name = flagNames(flags).get(given);
  if (name !== undefined) return flags[name];
  return given === "" ? undefined : Object.values(flags).find(({ short }) => short === given);
}

function valuesOf(
  { kind }: Flag<unknown>,
  { typed, spelling = "" }: { typed: string; spelling?: string },
): Suggestions {
  const words = kind.words ?? (kind.isSwitch ? kind.placeholder.split("|") : []);
  if (words.length > 1) return only(words.map((word) => ({ text: spelling + word, about: "" })));
  // `replay:FILE`, `file:PATH`: what the flag takes by a prefix.
  const hasPrefix = /^[a-z]+:/.test(typed.slice(spelling.length));
  return hasPrefix || PATH_PLACEHOLDERS.has(kind.placeholder) ? FILES : NONE;
}

/** With one dash, as Go programs take them, where one is typed. */
function flagWords(flags: Flags, typed: string): Suggestion[] {
  const dashes = /^-[^-]/.test(typed) ? "-" : "--";
  const own = Object.entries(flags).map(([name, { help }]) => ({
    text: name.length === 1 ? `-${name}` : `${dashes}${name}`,
    about: help,
  }));
  return [...own, { text: `${dashes}help`, about: "help for the command" }];
}

function argumentsOf(
  { subcommands, positionals, flags }: Command,
  place: Pick<Place, "positionals" | "flags"> & Pick<TypedWords, "current">,
): Suggestions {
  if (subcommands !== undefined) return only(subcommands.map(wordOf));
  if (positionals?.suggest !== undefined) {
    const suggestions = positionals.suggest(place.positionals, place.flags);
    return { suggestions, takesFiles: place.current.includes("/") };
  }
  if (positionals?.words !== undefined) {
    return only(positionals.words.map((text) => ({ text, about: "" })));
  }
  return positionals === undefined ? only(flagWords(flags, "")) : FILES;
}

/**
 * What `scaletool complete -- WORDS` prints for the scripts: `TEXT<tab>DESCRIPTION` a line, and a last
 * line `:files` where names of files may stand too, which the shell knows better.
 * @param words as they were typed, the last one up to the cursor; before them there may be a `--`
 */
export function completionText(commands: readonly Command[], words: readonly string[]): string {
  const typed = typedWords(words[0] === "--" ? words.slice(1) : words);
  const { suggestions, takesFiles } = suggest(commands, typed);
  const lines = suggestions.map(({ text, about }) => `${text}\t${about}\n`);
  return lines.join("") + (takesFiles ? ":files\n" : "");
}

/** What stands before the cursor. */
interface TypedWords {
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
