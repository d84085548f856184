/**
 * The program as a user runs it: the executable named by SCALETOOL_BIN, else the sources. Every
 * test gets a folder of its own as working directory.
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/** A program that hangs fails its test instead of the whole suite. */
const LONGEST_RUN_MS = 180_000;

/** How reports say that the event loop of the program was served late. */
export const OF_A_BUSY_MACHINE = /The generator's event loop was|Arrivals were taken up|of a core/;

/** What a finished program left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Unless given a folder of its own, which goes with it. */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** No file of the program grows beyond that, as if its disk were full. */
  readonly largestFileKiB?: number;
  /** Descriptors that the program may have open. */
  readonly mostDescriptors?: number;
  /** It is ended after that. @default 60000 */
  readonly longestRunMs?: number;
  /** What a POSIX shell does before it becomes the program. */
  readonly before?: string;
  /** The program's redirections in that shell, e.g. `> /dev/full`. */
  readonly redirections?: string;
  /** Nobody reads stdout before {@link Scaletool.finished} or {@link Scaletool.readStdout}. */
  readonly holdsStdout?: boolean;
}

/** For {@link RunOptions.before}: fills the pipe on stdout to the last byte. */
export const FILL_STDOUT = "dd if=/dev/zero of=/dev/stdout oflag=nonblock bs=4096 2> /dev/null";

/**
 * As the executable is compiled (deno.json). A smaller young generation, and garbage that is collected
 * where it is made and not while more of it comes, each take tens of MB less.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4,--single-threaded-gc";

/** Executable and arguments for a command line of scaletool. */
export function commandLine(args: readonly string[]): { command: string; args: string[] } {
  const binary = Deno.env.get("SCALETOOL_BIN");
  if (binary !== undefined && binary !== "") return { command: binary, args: [...args] };
  return { command: Deno.execPath(), args: ["run", "-A", V8_FLAGS, CLI, ...args] };
}

/** The same program from a shell that prepares it. */
function fromShell(
  { command, args }: { command: string; args: string[] },
  { largestFileKiB, mostDescriptors, before, redirections = "" }: RunOptions,
): { command: string; args: string[] } {
  const script = [
    // In blocks of 512 bytes; without the trap the signal for reaching it would end the program.
    ...(largestFileKiB === undefined ? [] : [`trap "" XFSZ; ulimit -f ${2 * largestFileKiB}`]),
    ...(mostDescriptors === undefined ? [] : [`ulimit -n ${mostDescriptors}`]),
    ...(before === undefined ? [] : [before]),
    `exec "$0" "$@" ${redirections}`,
  ].join("; ");
  return { command: "sh", args: ["-c", script, command, ...args] };
}

/** A program that is running; dispose it to end it. */
export class Scaletool implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #folder: TempDir | undefined;
  readonly #stderr: Promise<void>;
  #stdout: Promise<string> | undefined;
  #stderrText = "";
  #onLine: () => void = () => {};
  #isOver = false;

  constructor(args: readonly string[], options: RunOptions = {}) {
    const isPlain = [
      options.largestFileKiB,
      options.mostDescriptors,
      options.before,
      options.redirections,
    ].every((option) => option === undefined);
    const line = commandLine(args);
    const { command, args: all } = isPlain ? line : fromShell(line, options);
    this.#folder = options.cwd === undefined ? new TempDir() : undefined;
    this.#child = new Deno.Command(command, {
      args: all,
      cwd: options.cwd ?? this.#folder!.path,
      env: { NO_COLOR: "1", ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A program that hangs fails its test instead of the whole suite.
      signal: AbortSignal.timeout(options.longestRunMs ?? LONGEST_RUN_MS),
    }).spawn();
    if (!options.holdsStdout) void this.readStdout();
    this.#stderr = this.#readStderr();
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stderr(): string {
    return this.#stderrText;
  }

  /** The first match in what the program has written to stderr, as soon as it is there. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stderrText);
      if (match !== null) return match;
      assert.ok(!this.#isOver, `${pattern} never came; stderr:\n${this.#stderrText}`);
      await new Promise<void>((resolve) => this.#onLine = resolve);
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** All that it writes there until it ends. */
  readStdout(): Promise<string> {
    return this.#stdout ??= new Response(this.#child.stdout).text();
  }

  async finished(): Promise<Finished> {
    const { code } = await this.#child.status;
    await this.#stderr;
    return { code, stdout: await this.readStdout(), stderr: this.#stderrText };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.finished();
    await this.#folder?.[Symbol.asyncDispose]();
  }

  async #readStderr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderrText += text;
      this.#onLine();
    }
    this.#isOver = true;
    this.#onLine();
  }
}

/** Runs the program to its end. */
export async function scaletool(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  await using program = new Scaletool(args, options);
  return await program.finished();
}

/**
 * Fails unless the run ended with that exit code or, on a machine too busy to measure on, called
 * itself inconclusive.
 */
export function assertEnded({ code, stdout, stderr }: Finished, expected = 0): void {
  const isBusy = code === 4 && OF_A_BUSY_MACHINE.test(stdout);
  assert.ok(code === expected || isBusy, `exit code ${code}\n${stderr}${stdout}`);
}

/** A folder that is gone after the test. */
export class TempDir implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "scaletool-test-" });

  file(name: string): string {
    return `${this.path}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A loopback port that nothing listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether a program of another project is there; if not, says so: nothing is skipped in silence. */
export function hasPeer(name: string): boolean {
  const { success } = new Deno.Command("sh", { args: ["-c", `command -v ${name} >/dev/null`] })
    .outputSync();
  if (!success) Deno.stderr.writeSync(new TextEncoder().encode(`skipped: no ${name}\n`));
  return success;
}
