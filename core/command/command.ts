/**
 * What a command is, and what it may touch of the outside world. `cli.ts` makes the one real `Io`.
 * @module
 */

import { UsageError } from "../errors.ts";
import type { EXIT_CODE_OF_SIGNAL, ExitCode } from "../exit_code.ts";
import type { Coordinator } from "../generators/coordinator.ts";
import { type Share, WHOLE } from "../load/share.ts";
import type { LoopLog } from "../measure/loop_log.ts";
import type { GeneratorProcess, GeneratorStart } from "../generators/generator_process.ts";
import type { GeneratorHost } from "../generators/host.ts";
import type { Simulation } from "./simulation.ts";
import { didYouMean } from "../nearest.ts";
import { NAME } from "../version.ts";
import type { Flags, Values } from "./flags.ts";
import type { Manifest } from "../run_log/manifest.ts";
import type { Delivery, Patience } from "./output.ts";

/** A signal that ends a run: Ctrl-C, a request to end, a terminal that is gone. */
export type StopSignal = keyof typeof EXIT_CODE_OF_SIGNAL;

/** The keyboard and the screen of whoever types. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Told of single keys. */
export interface KeyListener {
  /** From now on keys come: not in the background, but again from each return to the foreground on. */
  onListening(): void;
  /** One character. */
  onKey(key: string): void;
}

/** The process around a command; a test hands in its own. */
export interface Io {
  /** Results only. Never waits and never throws, as all writing here; see {@link delivery}. */
  stdout(text: string): void;
  /** Writes to stdout what is of use only now. @returns false if its reader lags: it is dropped */
  offer(text: string): boolean;
  /**
   * Progress, warnings, logs; dropped while their reader lags. Lines alone: of what a server said in
   * them no control character reaches the terminal.
   */
  stderr(text: string): void;
  /** Writes a line over the last one that was written so, on a terminal as stderr; it has no end. */
  repaint(line: string): void;
  /** What has become of what was written. */
  readonly delivery: { readonly stdout: Delivery; readonly stderr: Delivery };
  /** Resolves when the readers have taken all of it, or are given up. */
  settled(patience: Patience): Promise<void>;
  env(name: string): string | undefined;
  /** Where somebody types; absent: stdin or stdout is no terminal. */
  readonly terminal?: () => Promise<Terminal>;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal in characters; 100 without one. */
  readonly columns: number;
  /** Whether to write ANSI colours on stdout: a terminal, and neither NO_COLOR nor a dumb one. */
  readonly color: boolean;
  /**
   * Calls the listener at each stop signal until the returned function is called. While nobody
   * listens a signal ends the process: whoever has begun nothing yet need not.
   */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /**
   * Tells the listener of each key that is pressed at the terminal while this process is in its
   * foreground, until the returned function is called. Absent: nobody can press any.
   */
  onKey?(listener: KeyListener): () => void;
  /** Runs this same program again with more environment, waits for it and returns its exit code. */
  reexec(env: Readonly<Record<string, string>>): Promise<number>;
  /** A thread of this same program, waiting for its task (core/run/worker.ts). */
  spawnWorker(): Worker;
  /**
   * This same program as a child of this process, with a group of its own: no signal of the terminal
   * reaches it.
   * @throws what the system refuses it for
   */
  spawnGenerator(start: GeneratorStart): GeneratorProcess;
}

/** One use of a command. */
export interface Invocation<F extends Flags = Flags> {
  /** In full: `cmdriver`, `gateway attached-routes`. */
  readonly command: string;
  readonly values: Values<F>;
  /** Effective settings with their source, secrets masked. */
  readonly shown: Manifest["flags"];
  readonly positionals: readonly string[];
  readonly io: Io;
  /** How late the threads of this program are that stand in for the target; absent: there are none. */
  readonly standIns?: readonly LoopLog[];
  /** What it is to go by and to, instead of this machine's time and network; absent: those. */
  readonly simulation?: Simulation;
  /** Who leads this generator; absent: it is none, and puts on the whole load by itself. */
  readonly coordinator?: Coordinator;
  /** Where the load comes from in its place, which then leads and reports; absent: from here. */
  readonly generators?: GeneratorHost;
  /** The settings of the parts of its command, in their order; absent: it has none. */
  readonly parts?: readonly PartSettings[];
}

/** What of the load is put on in this process. */
export function shareOf({ coordinator }: Pick<Invocation, "coordinator">): Share {
  return coordinator?.share ?? WHOLE;
}

/** How many processes put the load on, this one or others. */
export function generatorCount(
  { coordinator, generators }: Pick<Invocation, "coordinator" | "generators">,
): number {
  return coordinator?.share.of ?? generators?.place.count ?? 1;
}

/** What a part of a command was set to, as if it had been called alone. */
export type PartSettings = Pick<Invocation, "command" | "values" | "shown">;

/** A word that can stand where the cursor is. */
export interface Suggestion {
  /** The whole word. */
  readonly text: string;
  /** One line. */
  readonly about: string;
}

export interface CommandSpec<F extends Flags> {
  /** One word, as its users know it. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for `--help`. */
  readonly description: string;
  readonly flags: F;
  /** Arguments that are not flags, e.g. `RUNDIR` or `BASE NEW...`; absent: none allowed. */
  readonly positionals?: {
    readonly usage: string;
    readonly min: number;
    readonly max: number;
    /** All that they can be, for completion; absent: names of files. */
    readonly words?: readonly string[];
    /**
     * What the next one can be, where that is not always the same; beside them the name of a file,
     * once a folder is typed. @param flags values that were typed, by the names that were
     */
    suggest?(
      before: readonly string[],
      flags: Readonly<Record<string, string>>,
    ): readonly Suggestion[];
  };
  /** Command lines (without the program's name) and what each does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Commands below this one: a first word that names one runs it instead. */
  readonly subcommands?: readonly Command[];
  /** A flag that can name the command below, whatever stands before it: `rbac --for cmdriver`. */
  readonly subcommandFlag?: string;
  /**
   * Full name of the command whose variables and section of a plan file it takes, `cmdriver` for
   * `doctor cmdriver`; absent: its own.
   */
  readonly settingsOf?: string;
  /**
   * Commands that it runs, by their full names. Each has settings of its own, from its variables and
   * its section of a plan file; none is typed.
   */
  readonly parts?: ReadonlyMap<string, Command>;
  /**
   * It reads, computes and prints: a signal ends it as the system does, also amid a computation, and
   * a reader of its output (less) has all the time.
   */
  onlyPrints?(values: Invocation["values"]): boolean;
  run(invocation: Invocation<F>): Promise<ExitCode>;
}

/** A command whose flag types are its own business. */
export type Command = CommandSpec<Flags>;

/**
 * The invocation as whoever knows these flags sees it. That the command has them, among others, no
 * type says of a command whose flags are its own business: the caller knows.
 */
export function withFlags<F extends Flags>(invocation: Invocation, _flags: F): Invocation<F> {
  return invocation as unknown as Invocation<F>;
}

/** Declares a command; `run` gets its values with their types. */
export function defineCommand<F extends Flags>(spec: CommandSpec<F>): Command {
  return { ...spec, run: (invocation) => spec.run(withFlags(invocation, spec.flags)) };
}

/** What a command around another has otherwise. */
interface Around<F extends Flags>
  extends Partial<Pick<Command, "settingsOf" | "summary" | "description" | "examples">> {
  /** Beside those of the inner one, or instead of one of the same name. */
  readonly flags: F;
  /** Knows of the inner one's values by their names alone. */
  run(invocation: Invocation<F>): Promise<ExitCode>;
}

/** A command around another, which it may run: what is not said otherwise it has from that. */
export function aroundCommand<C extends Command, F extends Flags>(inner: C, outer: Around<F>): C {
  const flags = { ...inner.flags, ...outer.flags };
  return { ...inner, ...outer, flags, run: (given) => outer.run(withFlags(given, outer.flags)) };
}

/** A command that does nothing itself. */
export interface CommandGroup<C extends Command = Command> extends Command {
  readonly subcommands: readonly CommandTree<C>[];
}

/** A command of one kind, or a group of such, at any depth. */
export type CommandTree<C extends Command> = C | CommandGroup<C>;

/** Declares a command that does nothing itself: one of its subcommands must be named. */
export function defineCommandGroup<C extends Command>(
  spec: Pick<Command, "name" | "summary" | "description" | "examples"> & {
    readonly subcommands: readonly CommandTree<C>[];
  },
): CommandGroup<C> {
  return {
    ...spec,
    flags: {},
    // What follows a wrong word may be anything; the word is what has to be said.
    positionals: { usage: "COMMAND [flags]", min: 1, max: Infinity },
    run({ command, positionals: [word = ""] }) {
      const hint = didYouMean(word, spec.subcommands.map((one) => one.name));
      const wrong = word.startsWith("-")
        ? `missing command before "${word}"`
        : `no command "${word}"${hint}`;
      return Promise.reject(new UsageError(`${command}: ${wrong}; see ${NAME} ${command} --help`));
    },
  };
}
