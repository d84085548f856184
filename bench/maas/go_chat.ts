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

/** What it prints with `-stream`: how long after it was sent the first content of each stream came. */
export interface GoStreamFigures {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How a model answers. */
export interface ModelTimes {
  readonly ttftMs: number;
  readonly gapMs: number;
}

/** Of the program, without their dashes. */
type GoFlags = Readonly<Record<string, string | number>>;

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

  /** @param tls paths of what it shows; absent: no TLS */
  async serve(tls?: { readonly cert: string; readonly key: string }): Promise<GoModel> {
    return await GoModel.start(this.#program, tls);
  }

  /** @throws {Error} with what it said, if it fails */
  async ask(options: GoFlags, limit: { limitSec: number }): Promise<GoClientFigures> {
    return JSON.parse(await this.#run([], options, limit));
  }

  /** As {@link ask}, one stream after another by each user. */
  async stream(options: GoFlags, limit: { limitSec: number }): Promise<GoStreamFigures> {
    return JSON.parse(await this.#run(["-stream"], options, limit));
  }

  async #run(
    mode: readonly string[],
    options: GoFlags,
    { limitSec }: { limitSec: number },
  ): Promise<string> {
    const flags = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
    const { code, stdout, stderr } = await runProgram([this.#program, ...mode, ...flags], {
      cwd: SOURCE_DIR,
      limitSec,
    });
    if (code !== 0) throw new Error(`the Go client ended with ${code}: ${stderr}`);
    return stdout;
  }
}

/** A model server on a port of its own; disposing of it ends it. */
export class GoModel implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly origin: string;

  private constructor(child: Deno.ChildProcess, origin: string) {
    this.#child = child;
    this.origin = origin;
  }

  /** Use {@link GoChat.serve}. */
  static async start(program: string, tls?: { cert: string; key: string }): Promise<GoModel> {
    const child = new Deno.Command(program, {
      args: ["-serve", ...(tls === undefined ? [] : ["-cert", tls.cert, "-key", tls.key])],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = child.stdout.getReader();
    const port = Number(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    return new GoModel(child, `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`);
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
