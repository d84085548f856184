/**
 * Commands below commands: which one do words name, and by which name is it known everywhere else?
 * Runs none of them.
 * @module
 */

import type { Command, CommandGroup, CommandTree } from "./command.ts";

/**
 * By which a command's variables, its section of a plan file, the manifest and the labels know it:
 * the words that are typed for it, `gateway attached-routes`.
 * @param path it is the last of these; each is below the one before
 */
export function fullNameOf(path: readonly Command[]): string {
  return path.at(-1)?.settingsOf ?? path.map(({ name }) => name).join(" ");
}

/** All that there are, groups too, each with those above it before it. */
export function* pathsOf(
  commands: readonly Command[],
  above: readonly Command[] = [],
): Generator<readonly Command[]> {
  for (const command of commands) {
    const path = [...above, command];
    yield path;
    yield* pathsOf(command.subcommands ?? [], path);
  }
}

/** The commands that are no groups and have settings of their own, by their full names. */
export function leavesOf(commands: readonly Command[]): ReadonlyMap<string, Command> {
  return new Map(
    [...pathsOf(commands)].map((path) => [fullNameOf(path), path.at(-1)!] as const)
      .filter(([, { subcommands, settingsOf }]) => (subcommands ?? settingsOf) === undefined),
  );
}

/** What is made of a tree of commands, which keeps its form. */
interface TreeChange<C extends Command, D extends Command> {
  command(one: C, fullName: string): D;
  /** What a group says otherwise; absent: all stays. */
  group?(one: CommandGroup<C>, fullName: string): Partial<CommandText>;
}
type CommandText = Pick<Command, "summary" | "description" | "examples">;

/** The same groups with other commands in them. */
export function changedTree<C extends Command, D extends Command>(
  commands: readonly CommandTree<C>[],
  change: TreeChange<C, D>,
  above: readonly Command[] = [],
): CommandTree<D>[] {
  return commands.map((one) => {
    const path = [...above, one];
    const fullName = fullNameOf(path);
    return isGroup(one)
      ? {
        ...one,
        ...change.group?.(one, fullName),
        subcommands: changedTree(one.subcommands, change, path),
      }
      : change.command(one, fullName);
  });
}

function isGroup<C extends Command>(one: CommandTree<C>): one is CommandGroup<C> {
  return one.subcommands !== undefined;
}

/** The command that is asked for, the first word that is one; behind it, its subcommand. */
export function commandsIn(args: readonly string[], commands: readonly Command[]): Command[] {
  for (const [index, word] of args.entries()) {
    const found = commands.find(isNamed(word));
    if (found === undefined) continue;
    return [found, ...commandsIn(args.slice(index + 1), found.subcommands ?? [])];
  }
  return [];
}

/** The words with the subcommand that a flag names where it stands without one. */
export function subcommandFirst(
  args: readonly string[],
  commands: readonly Command[],
): readonly string[] {
  const index = args.findIndex((word) => commands.some(isNamed(word)));
  const found = commands.find(isNamed(args[index]));
  if (found === undefined) return args;
  const rest = args.slice(index + 1);
  const ordered = found.subcommandFlag === undefined ? rest : namedFirst(rest, found);
  return [...args.slice(0, index + 1), ...subcommandFirst(ordered, found.subcommands ?? [])];
}

/** `-n a --for gateway routes --rate 5` as `gateway routes -n a --rate 5`. */
function namedFirst(
  words: readonly string[],
  { subcommandFlag, subcommands = [] }: Command,
): readonly string[] {
  const index = words.findIndex((word) => /^--?([^=]+)/.exec(word)?.[1] === subcommandFlag);
  if (index < 0) return words;
  const [, joined] = /=(.*)$/s.exec(words[index]!) ?? [];
  const [value = "", ...behind] = joined === undefined
    ? words.slice(index + 1)
    : [joined, ...words.slice(index + 1)];
  const named = value.trim().split(/\s+/);
  // Without quotes each word of the name is one of the shell's.
  while (commandsIn(named, subcommands).at(-1)?.subcommands?.some(isNamed(behind[0]))) {
    named.push(behind.shift()!);
  }
  return [...named, ...words.slice(0, index), ...behind];
}

function isNamed(word: string | undefined): (command: Command) => boolean {
  return ({ name }) => name === word;
}
