/**
 * Lines -> commands, by the npm package cliffy: which command a line names, whether it has what it
 * takes, help. cliffy reads lines from a stream and says by its prompt that it is ready for one; the
 * terminal, history and completion are not its business here (docs/design/036-console.md).
 * @module
 */

import { PassThrough, Writable } from "node:stream";
import { CLI } from "cliffy";
import { didYouMean } from "../nearest.ts";

export interface ShellCommand {
  readonly name: string;
  readonly about: string;
  /** What follows the name, for people; absent: nothing. */
  readonly argument?: string;
  /** Never rejects. */
  readonly run: (argument: string) => Promise<void> | void;
}

interface ShellOptions {
  /** Asked once the last command is over; undefined ends the shell. */
  readonly nextLine: () => Promise<string | undefined>;
  readonly say: (line: string) => void;
}

/** Runs what is typed until nothing is any more. */
export async function runShell(
  commands: readonly ShellCommand[],
  { nextLine, say }: ShellOptions,
): Promise<void> {
  const names = new Set(["help", ...commands.map(({ name }) => name)]);
  const over = Promise.withResolvers<void>();
  const input = new PassThrough();
  const output = new Writable({
    write(_prompt, _encoding, written) {
      written();
      feed().catch(over.reject);
    },
  });
  const cli = new CLI({ input, output });
  for (const command of commands) cli.addCommand(command.name, cliffyCommand(command));
  cli.show();
  await over.promise;

  async function feed(): Promise<void> {
    for (;;) {
      const line = await nextLine();
      if (line === undefined) break;
      const [name = "", argument = ""] = splitFirst(line);
      if (names.has(name)) return void input.write(`${name}${asPiece(argument)}\n`);
      if (name !== "") say(`no command "${name}"${didYouMean(name, [...names])}; help lists them`);
    }
    cli.hide();
    input.end();
    over.resolve();
  }
}

function cliffyCommand({ about, argument, run }: ShellCommand) {
  if (argument === undefined) return { description: about, action: () => run("") };
  return {
    description: about,
    parameters: [{ label: argument, type: decodeURIComponent }],
    action: (given: Record<string, unknown>) => run(String(given[argument])),
  };
}

/** cliffy drops what is no ASCII letter, digit or one of `@-.` unless it is quoted, and knows no escape. */
function asPiece(argument: string): string {
  return argument === "" ? "" : ` "${encodeURIComponent(argument)}"`;
}

function splitFirst(line: string): string[] {
  const [, first = "", rest = ""] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  return [first, rest];
}
