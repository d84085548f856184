/**
 * argv -> command, settings and positionals, or a help text, or one line of what is wrong. Built on
 * commander; knows every command's declaration, runs none of them.
 * @module
 */

import { Command as Program, CommanderError, Option } from "commander";
import { EXIT_CODE_TABLE } from "../exit_code.ts";
import { messageOf, UsageError } from "../errors.ts";
import { nearestWord } from "../nearest.ts";
import { NAME, versionLine } from "../version.ts";
import type { Command } from "./command.ts";
import { flagNames, type Flags } from "./flags.ts";
import type { PlanVocabulary } from "./settings_file.ts";
import { type GivenTexts, resolveSettings, type Settings, variableName } from "./settings.ts";

/** What the command line asks for. */
export type Request =
  | {
    readonly kind: "run";
    readonly command: Command;
    readonly settings: Settings<Flags>;
    readonly positionals: readonly string[];
  }
  | { readonly kind: "help"; readonly text: string };

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => string;
}

/** @throws {UsageError} with one line that says what is wrong and what is allowed */
export async function parseCommandLine(
  commands: readonly Command[],
  line: CommandLine,
): Promise<Request> {
  const output: string[] = [];
  let typed: Typed | undefined;
  const args = inCanonicalForm(line.args, commands);
  const program = programOf(commands, {
    args,
    onCommand: (asked) => typed = asked,
    write: (text) => output.push(text),
  });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "help", text: output.join("") };
    throw new UsageError(oneLine(error, { args: line.args, commands }));
  }
  if (typed === undefined) throw new UsageError(`missing command; see ${NAME} --help`);
  const { command, flags, positionals } = typed;
  const plan = await planOf(typed, { commands, line });
  const given = { command: command.name, flags, env: line.env, ...(plan && { plan }) };
  return { kind: "run", command, settings: resolveSettings(command.flags, given), positionals };
}

/** A command, the texts of its flags and its positionals, as they were typed. */
interface Typed {
  readonly command: Command;
  readonly flags: GivenTexts;
  readonly positionals: readonly string[];
}

interface Parsing {
  readonly args: readonly string[];
  readonly onCommand: (typed: Typed) => void;
  readonly write: (text: string) => void;
}

function programOf(commands: readonly Command[], parsing: Parsing): Program {
  const program = new Program(NAME)
    .description("Load and scale tests for Kubernetes-shaped systems, honest with their numbers.")
    .usage("COMMAND [flags]")
    .version(versionLine(), "-V, --version", "print the version")
    .helpCommand(true)
    .addHelpText("after", () => exitCodesHelp());
  const parts = commands.flatMap((command) => addCommand(program, command, parsing));
  for (const part of [program, ...parts]) {
    part.exitOverride().configureOutput({ writeOut: parsing.write, writeErr: () => {} });
    // Defaults stand in the description already.
    const optionDescription = ({ description }: Option) => description;
    const subcommandTerm = (command: Program) => command.name();
    part.showHelpAfterError(false)
      .configureHelp({ helpWidth: 100, optionDescription, subcommandTerm });
  }
  return program;
}

/**
 * What no argument names cannot be meant and has but its line in the list of commands: flags are what
 * takes commander's time.
 * @returns it and all below it
 */
function addCommand(parent: Program, command: Command, parsing: Parsing): Program[] {
  const { subcommands = [] } = command;
  const path = pathOf(parent, command);
  const hasFlags = Object.keys(command.flags).length > 0;
  const part = parent.command(command.name)
    .summary(command.summary)
    .description(joined(command.description))
    .usage(usageOf(command))
    .allowExcessArguments(true)
    // Without flags of its own it is asked about its first word, and not about a flag behind that.
    .allowUnknownOption(subcommands.length > 0 && !hasFlags)
    .argument("[arguments...]");
  if (!parsing.args.includes(command.name)) return [part];
  for (const [name, declared] of Object.entries(command.flags)) {
    part.addOption(optionOf(name, declared));
  }
  part.addHelpText("after", () => examplesHelp(command));
  part.action((given: string[], options: Record<string, readonly string[]>) => {
    checkPositionals(command, { given, path, typed: wordsOf(part) });
    const flags: Record<string, readonly string[]> = {};
    for (const name of Object.keys(command.flags)) {
      const typed = options[optionOf(name, command.flags[name]!).attributeName()];
      if (typed !== undefined) flags[name] = typed;
    }
    parsing.onCommand({ command, flags, positionals: given });
  });
  return [part, ...subcommands.flatMap((below) => addCommand(part, below, parsing))];
}

/** All that was typed, which commander's types do not tell of. */
function wordsOf(part: Program): readonly string[] {
  let root = part;
  while (root.parent !== null) root = root.parent;
  return (root as Program & { readonly rawArgs?: readonly string[] }).rawArgs ?? [];
}

/** As it is typed after the program's name: `doctor cmdriver`. */
function pathOf(parent: Program, { name }: Command): string {
  const path = [name];
  for (let above: Program | null = parent; above?.parent; above = above.parent) {
    path.unshift(above.name());
  }
  return path.join(" ");
}

function usageOf({ flags, positionals }: Command): string {
  if (positionals === undefined) return "[flags]";
  return Object.keys(flags).length === 0 ? positionals.usage : `[flags] ${positionals.usage}`;
}

/** Commander only collects the texts; parsing them is the same for flags, environment and plans. */
function optionOf(name: string, declared: Flags[string]): Option {
  const { kind, short, help, defaultValue } = declared;
  const long = name.length === 1
    ? `-${name}`
    : short === undefined
    ? `--${name}`
    : `-${short}, --${name}`;
  const value = kind.isSwitch ? `[${kind.placeholder}]` : `<${kind.placeholder}>`;
  const isShown = defaultValue !== undefined && defaultValue !== null && defaultValue !== false &&
    kind.format(defaultValue) !== "";
  const shownDefault = isShown ? ` (default ${kind.format(defaultValue)})` : "";
  const option = new Option(`${long} ${value}`, help + shownDefault)
    .preset("true")
    .argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  // Commander takes `--no-compare` for the denial of a flag `--compare`; here it is a flag like others.
  option.negate = false;
  return option;
}

function checkPositionals(
  { flags, positionals }: Command,
  { given, path, typed }: { given: readonly string[]; path: string; typed: readonly string[] },
): void {
  const { usage = "", min = 0, max = 0 } = positionals ?? {};
  if (given.length > max) {
    const word = given[max] ?? "";
    const [, name = ""] = /^--?([^=]+)/.exec(typed[typed.lastIndexOf(word) - 1] ?? "") ?? [];
    // `--token= SECRET`
    const isSecret = flags[flagNames(flags).get(name) ?? ""]?.isSecret ?? false;
    const what = isSecret ? `behind --${name}` : `"${word}"`;
    throw new UsageError(`${path}: unexpected argument ${what}${usage && `; usage: ${usage}`}`);
  }
  if (given.length < min) {
    throw new UsageError(`${path}: missing argument; usage: ${NAME} ${path} ${usage}`);
  }
}

/**
 * The arguments with every flag as commander knows it. Go programs take flags with one dash
 * (`-lambda 5`, `-o=json`) and some had other names for them: scripts made for them keep working.
 */
function inCanonicalForm(args: readonly string[], commands: readonly Command[]): string[] {
  const path = commandsIn(args, commands);
  if (args.length === 0) return ["--help"];
  // Commander's own help command looks one level deep.
  if (args[0] === "help" && path.length > 1) return [...path.map(({ name }) => name), "--help"];
  const flags = path.at(-1)?.flags ?? {};
  const names = flagNames(flags);
  const letters = new Set(Object.values(flags).map(({ short }) => short));
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return args.map((argument, index) => {
    const [, given, value = ""] = /^--?([A-Za-z][\w-]*)(=.*)?$/s.exec(argument) ?? [];
    if (index >= end || given === undefined) return argument;
    const name = names.get(given) ?? (letters.has(given) ? given : undefined);
    if (name === undefined) return argument;
    return name.length === 1 ? `-${name}${value.slice(1)}` : `--${name}${value}`;
  });
}

async function planOf(
  { command, flags }: Typed,
  { commands, line }: { commands: readonly Command[]; line: CommandLine },
): Promise<GivenTexts | undefined> {
  const path = flags.plan?.at(-1) ?? line.env(variableName(command.name, "plan"));
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = line.readTextFile(path);
  } catch (error) {
    throw new UsageError(`--plan: cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
  const vocabulary: PlanVocabulary = Object.fromEntries(
    commands.map(({ name, flags }) => [name, flagNames(flags)]),
  );
  // Few command lines have a plan, and reading YAML takes time to load.
  const { parsePlan } = await import("./settings_file.ts");
  return parsePlan({ text, path }, { command: command.name, vocabulary });
}

/** Commander's message without its prefix and line breaks, and where to look next. */
function oneLine(
  error: CommanderError,
  { args, commands }: { args: readonly string[]; commands: readonly Command[] },
): string {
  // `help nope` prints the help to stderr and has no message.
  const message = error.code === "commander.help"
    ? `error: unknown command '${args.at(-1)}'`
    : error.message;
  // A value may be a secret whose flag was mistyped.
  const text = message.replace(/^error: /, "").replace(/^(unknown option '[^=']+)=.*'/s, "$1'")
    .replace(/\n\(/, " (").replaceAll("\n", " ").trim();
  const path = commandsIn(args, commands);
  const hint = aliasHint(text, path.at(-1));
  return `${text}${hint}; see ${[NAME, ...path.map(({ name }) => name)].join(" ")} --help`;
}

/** Commander suggests only the names that it knows, which aliases are not. */
function aliasHint(message: string, command: Command | undefined): string {
  const [, unknown] = /^unknown option '--([\w-]+)(?:=.*)?'$/.exec(message) ?? [];
  if (unknown === undefined || command === undefined) return "";
  const words = [...flagNames(command.flags).keys()].filter((name) => name.length > 1);
  if (words.includes(unknown)) return ` (it goes behind ${command.name})`;
  const nearest = nearestWord(unknown, words);
  return nearest === undefined ? "" : ` (Did you mean --${nearest}?)`;
}

/** The command that is asked for, the first word that is one; behind it, its subcommand. */
export function commandsIn(args: readonly string[], commands: readonly Command[]): Command[] {
  for (const [index, word] of args.entries()) {
    const found = commands.find(({ name }) => name === word);
    if (found === undefined) continue;
    return [found, ...commandsIn(args.slice(index + 1), found.subcommands ?? [])];
  }
  return [];
}

function examplesHelp(command: Command): string {
  const examples = command.examples.map(({ line, does }) => `  # ${does}\n  ${NAME} ${line}\n`);
  return `\nExamples:\n${examples.join("")}${otherSourcesHelp(command)}`;
}

function otherSourcesHelp({ name, flags }: Command): string {
  const [first] = Object.keys(flags);
  if (first === undefined) return "";
  const plan = flags.plan === undefined ? "" : ", and in a plan file (--plan)";
  return `\nEvery flag can also be set by ${variableName(name, first)} and so on${plan}.\n`;
}

function exitCodesHelp(): string {
  const rows = EXIT_CODE_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}\n`);
  return `\nExit codes:\n${rows.join("")}\nFlags of a command: ${NAME} COMMAND --help\n`;
}

/** A line that ends within a sentence goes on in the next: the help is wrapped to its own width. */
function joined(description: string): string {
  return description.replace(/([^.:\n])\n(?=\S)/g, "$1 ");
}
