/**
 * bench/maas/go_chat, built and run: the model server of every chat benchmark, and a plain Go client
 * of it as the yardstick.
 * @module
 */

import { fileURLToPath } from "node:url";
import type { TempDir } from "../../tests/support/scaletool.ts";
import { note } from "../note.ts";
import { runProgram } from "../kube_cluster.ts";

const SOURCE_DIR = fileURLToPath(new URL("go_chat/", import.meta.url));
const CHAT_PATH = "/v1/chat/completions";

/** What the Go client prints. */
export interface GoClientFigures {
  readonly ok: number;
  readonly failed: number;
  readonly firstError: string;
  readonly seconds: number;
  /** User and system time (getrusage(2)) while it asked. */
  readonly cpuSeconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How a model answers. */
export interface ModelTimes {
  readonly ttftMs: number;
  readonly gapMs: number;
}

export class GoChat {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  /** Undefined, with a word about it, where it cannot be built. */
  static async build(dir: TempDir): Promise<GoChat | undefined> {
    const program = dir.file("go-chat");
    try {
      const { success, stderr } = await new Deno.Command("go", {
        args: ["build", "-trimpath", "-o", program, "."],
        cwd: SOURCE_DIR,
        env: { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-buildvcs=false" },
      }).output();
      if (success) return new GoChat(program);
      note(new TextDecoder().decode(stderr).trimEnd());
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    note("no go toolchain: no model server to ask");
    return undefined;
  }

  async serve(): Promise<GoModel> {
    return await GoModel.start(this.#program);
  }

  /** @throws {Error} with what it said, if it fails */
  async ask(
    options: Readonly<Record<string, string | number>>,
    { limitSec }: { limitSec: number },
  ): Promise<GoClientFigures> {
    const flags = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
    const { code, stdout, stderr } = await runProgram([this.#program, ...flags], {
      cwd: SOURCE_DIR,
      limitSec,
    });
    if (code !== 0) throw new Error(`the Go client ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }
}

/** A model server on a port of its own; disposing of it ends it. */
export class GoModel implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly origin: string;

  private constructor(child: Deno.ChildProcess, port: number) {
    this.#child = child;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(program: string): Promise<GoModel> {
    const child = new Deno.Command(program, {
      args: ["-serve"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    return new GoModel(child, port);
  }

  /** What to ask for answers that take so long. */
  path({ ttftMs, gapMs }: ModelTimes): string {
    return `${CHAT_PATH}?ttft_ms=${ttftMs}&gap_ms=${gapMs}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}
