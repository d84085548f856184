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
import type { Command, PartSettings } from "./command.ts";
import { commandsIn, fullNameOf, pathsOf, subcommandFirst } from "./command_tree.ts";
import { flagNames, type Flags } from "./flags.ts";
import { type TypedLine, withoutSecrets } from "./secret_words.ts";
import type { PlanVocabulary } from "./settings_file.ts";
import { type GivenTexts, resolveSettings, type Settings, variableName } from "./settings.ts";

/** What the command line asks for. */
export type Request =
  | {
    readonly kind: "run";
    readonly command: Command;
    readonly fullName: string;
    readonly settings: Settings<Flags>;
    /** See the command's `parts`. */
    readonly parts?: readonly PartSettings[];
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
  let asked: Asked | undefined;
  const args = subcommandFirst(line.args, commands);
  const typed = { args: inCanonicalForm(args, commands), commands };
  const program = programOf(typed, {
    onCommand: (one) => asked = one,
    write: (text) => output.push(text),
  });
  try {
    program.parse(typed.args, { from: "user" });
    if (asked !== undefined) return await requestOf(asked, { commands, line });
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(withoutSecrets(error.message, typed));
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "help", text: output.join("") };
    throw new UsageError(oneLine(error, typed));
  }
  throw new UsageError(`missing command; see ${NAME} --help`);
}

/** What was typed behind a command, which is the last of the path. */
interface Asked {
  readonly path: readonly Command[];
  readonly flags: GivenTexts;
  readonly positionals: readonly string[];
}

async function requestOf(
  { path, flags, positionals }: Asked,
  { commands, line }: { commands: readonly Command[]; line: CommandLine },
): Promise<Request> {
  const command = path.at(-1)!;
  const fullName = fullNameOf(path);
  const planFor = await planReader(
    flags.plan?.at(-1) ?? line.env(variableName(fullName, "plan")),
    { commands, line },
  );
  const settingsOf = (name: string, { flags: declared }: Command, typed: GivenTexts) => {
    const plan = planFor?.(name);
    return resolveSettings(declared, {
      command: name,
      flags: typed,
      env: line.env,
      ...(plan && { plan }),
    });
  };
  return {
    kind: "run",
    command,
    fullName,
    settings: settingsOf(fullName, command, flags),
    ...(command.parts && {
      parts: [...command.parts].map(([name, part]) => ({
        command: name,
        ...settingsOf(name, part, {}),
      })),
    }),
    positionals,
  };
}

interface Parsing {
  /** What commander is to parse. */
  readonly args: readonly string[];
  readonly onCommand: (asked: Asked) => void;
}

function programOf(
  { args, commands }: TypedLine,
  { onCommand, write }: Pick<Parsing, "onCommand"> & { write: (text: string) => void },
): Program {
  const program = new Program(NAME)
    .description("Load and scale tests for Kubernetes-shaped systems, honest with their numbers.")
    .usage("COMMAND [flags]")
    .version(versionLine(), "-V, --version", "print the version")
    .helpCommand(true)
    .addHelpText("after", () => exitCodesHelp());
  const parts = commands.flatMap((command) => addCommand(program, [command], { args, onCommand }));
  for (const part of [program, ...parts]) {
    part.exitOverride().configureOutput({ writeOut: write, writeErr: () => {} });
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
function addCommand(parent: Program, path: readonly Command[], parsing: Parsing): Program[] {
  const command = path.at(-1)!;
  const { subcommands = [] } = command;
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
  part.addHelpText("after", () => examplesHelp(command, fullNameOf(path)));
  part.action((given: string[], options: Record<string, readonly string[]>) => {
    checkPositionals(command, { given, path: typedName(path) });
    const texts: Record<string, readonly string[]> = {};
    for (const name of Object.keys(command.flags)) {
      const typed = options[optionOf(name, command.flags[name]!).attributeName()];
      if (typed !== undefined) texts[name] = typed;
    }
    parsing.onCommand({ path, flags: texts, positionals: given });
  });
  return [part, ...subcommands.flatMap((below) => addCommand(part, [...path, below], parsing))];
}

/** As it is typed after the program's name: `doctor cmdriver`. */
function typedName(path: readonly Command[]): string {
  return path.map(({ name }) => name).join(" ");
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
  { positionals }: Command,
  { given, path }: { given: readonly string[]; path: string },
): void {
  const { usage = "", min = 0, max = 0 } = positionals ?? {};
  if (given.length > max) {
    const wrong = `unexpected argument "${given[max]}"`;
    throw new UsageError(`${path}: ${wrong}${usage && `; usage: ${usage}`}`);
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
  if (args[0] === "help" && path.length > 0) return helpForm(args, path);
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

/** Commander's own help command looks one level deep, and takes any word for one of a group. */
function helpForm(args: readonly string[], path: readonly Command[]): string[] {
  const [wrong] = args.slice(1 + path.length);
  const isOfGroup = path.at(-1)?.subcommands !== undefined && wrong !== undefined;
  return isOfGroup && !wrong.startsWith("-")
    ? [...args.slice(1)]
    : [...path.map(({ name }) => name), "--help"];
}

/** Reads what a plan says of a command, by its full name; undefined: there is no plan. */
async function planReader(
  path: string | undefined,
  { commands, line }: { commands: readonly Command[]; line: CommandLine },
): Promise<((fullName: string) => GivenTexts) | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = line.readTextFile(path);
  } catch (error) {
    throw new UsageError(`--plan: cannot read "${path}": ${messageOf(error)}`, { cause: error });
  }
  const vocabulary: PlanVocabulary = Object.fromEntries(
    [...pathsOf(commands)].filter((one) => one.at(-1)!.settingsOf === undefined)
      .map((one) => [fullNameOf(one), flagNames(one.at(-1)!.flags)]),
  );
  // Few command lines have a plan, and reading YAML takes time to load.
  const { parsePlan } = await import("./settings_file.ts");
  return (fullName) => parsePlan({ text, path }, { command: fullName, vocabulary });
}

/** Commander's message without its prefix and line breaks, and where to look next. */
function oneLine(error: CommanderError, line: TypedLine): string {
  const { args, commands } = line;
  // `help nope` prints the help to stderr and has no message.
  const message = error.code === "commander.help"
    ? `error: unknown command '${args.at(-1)}'`
    : error.message;
  const text = withoutSecrets(message, line).replace(/^error: /, "")
    .replace(/\n\(/, " (").replaceAll("\n", " ").trim();
  const path = commandsIn(args, commands);
  return `${text}${aliasHint(message, path)}; see ${`${NAME} ${typedName(path)}`.trim()} --help`;
}

/** Commander suggests only the names that it knows, which aliases are not. */
function aliasHint(message: string, path: readonly Command[]): string {
  const command = path.at(-1);
  const [, unknown] = /^error: unknown option '--([\w-]+)(?:=.*)?'$/s.exec(message) ?? [];
  if (unknown === undefined || command === undefined) return "";
  const words = [...flagNames(command.flags).keys()].filter((name) => name.length > 1);
  if (words.includes(unknown)) return ` (it goes behind ${typedName(path)})`;
  const nearest = nearestWord(unknown, words);
  return nearest === undefined ? "" : ` (Did you mean --${nearest}?)`;
}

function examplesHelp(command: Command, fullName: string): string {
  const examples = command.examples.map(({ line, does }) => `  # ${does}\n  ${NAME} ${line}\n`);
  return `\nExamples:\n${examples.join("")}${otherSourcesHelp(command, fullName)}`;
}

function otherSourcesHelp({ flags }: Command, fullName: string): string {
  const [first] = Object.keys(flags);
  if (first === undefined) return "";
  const plan = flags.plan === undefined ? "" : ", and in a plan file (--plan)";
  return `\nEvery flag can also be set by ${variableName(fullName, first)} and so on${plan}.\n`;
}

function exitCodesHelp(): string {
  const rows = EXIT_CODE_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}\n`);
  return `\nExit codes:\n${rows.join("")}\nFlags of a command: ${NAME} COMMAND --help\n`;
}

/** A line that ends within a sentence goes on in the next: the help is wrapped to its own width. */
function joined(description: string): string {
  return description.replace(/([^.:\n])\n(?=\S)/g, "$1 ");
}
