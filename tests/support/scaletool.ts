/**
 * The program as a user runs it: the executable named by SCALETOOL_BIN, else the sources. Every
 * test gets a folder of its own as working directory.
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

const LONGEST_RUN_MS = 60_000;

/** What a finished program left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** No file of the program grows beyond that, as if its disk were full. */
  readonly largestFileKiB?: number;
  /** Descriptors that the program may have open. */
  readonly mostDescriptors?: number;
  /** It is ended after that. @default 60000 */
  readonly longestRunMs?: number;
}

/** As the executable is compiled (deno.json): a smaller young generation takes 40 MB less. */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=8";

/** Executable and arguments for a command line of scaletool. */
export function commandLine(args: readonly string[]): { command: string; args: string[] } {
  const binary = Deno.env.get("SCALETOOL_BIN");
  if (binary !== undefined && binary !== "") return { command: binary, args: [...args] };
  return { command: Deno.execPath(), args: ["run", "-A", V8_FLAGS, CLI, ...args] };
}

/**
 * The same program with those limits. Files count in the blocks of 512 bytes of a POSIX shell; without
 * the trap the signal for reaching theirs would end the program.
 */
function limited(
  { command, args }: { command: string; args: string[] },
  { largestFileKiB, mostDescriptors }: Pick<RunOptions, "largestFileKiB" | "mostDescriptors">,
): { command: string; args: string[] } {
  const limits = [
    ...(largestFileKiB === undefined ? [] : [`trap "" XFSZ; ulimit -f ${2 * largestFileKiB}`]),
    ...(mostDescriptors === undefined ? [] : [`ulimit -n ${mostDescriptors}`]),
  ];
  if (limits.length === 0) return { command, args };
  const script = [...limits, `exec "$0" "$@"`].join("; ");
  return { command: "sh", args: ["-c", script, command, ...args] };
}

/** A program that is running; dispose it to end it. */
export class Scaletool implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<void>;
  readonly #stdout: Promise<string>;
  #stderrText = "";
  #onLine: () => void = () => {};
  #isOver = false;

  constructor(args: readonly string[], options: RunOptions = {}) {
    const { command, args: all } = limited(commandLine(args), options);
    this.#child = new Deno.Command(command, {
      args: all,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { NO_COLOR: "1", ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A program that hangs fails its test instead of the whole suite.
      signal: AbortSignal.timeout(options.longestRunMs ?? LONGEST_RUN_MS),
    }).spawn();
    this.#stdout = new Response(this.#child.stdout).text();
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

  async finished(): Promise<Finished> {
    const { code } = await this.#child.status;
    await this.#stderr;
    return { code, stdout: await this.#stdout, stderr: this.#stderrText };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.finished();
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
