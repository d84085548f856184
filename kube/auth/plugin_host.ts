/**
 * How is another program run for its answer? The one place of kube/ that starts processes; knows
 * nothing of credentials.
 * @module
 */

import { hiddenVariables } from "../../core/net/proxy_environment.ts";

export interface PluginRun {
  /** Name on PATH, or path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** It gets our standard input, and what it says on stderr is shown. */
  readonly interactive: boolean;
  /** Kills it; the run then rejects. */
  readonly signal: AbortSignal;
}

export interface PluginResult {
  readonly code: number;
  readonly stdout: string;
  /** Empty if it was shown. */
  readonly stderr: string;
}

/** Runs plugins. */
export interface PluginHost {
  /** @throws {Deno.errors.NotFound | Deno.errors.PermissionDenied} if there is nothing to run */
  run(plugin: PluginRun): Promise<PluginResult>;
  /** Whether somebody can answer on standard input. */
  isTerminal(): boolean;
}

/** Real processes of this machine. */
export const SYSTEM_PLUGIN_HOST: PluginHost = {
  run: runProcess,
  isTerminal: () => Deno.stdin.isTerminal(),
};

async function runProcess(plugin: PluginRun): Promise<PluginResult> {
  const { command, args, env, interactive, signal } = plugin;
  signal.throwIfAborted();
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...hiddenVariables(), ...env },
    stdin: interactive ? "inherit" : "null",
    stdout: "piped",
    stderr: interactive ? "inherit" : "piped",
  }).spawn();
  const outputs = [child.stdout, ...(interactive ? [] : [child.stderr])].map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).getReader()
  );
  const onAbort = () => {
    kill(child);
    // A grandchild may hold them open for as long as it lives.
    for (const output of outputs) void output.cancel();
  };
  signal.addEventListener("abort", onAbort);
  try {
    const [stdout = "", stderr = ""] = await Promise.all(outputs.map(readAll));
    const { code } = await child.status;
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function readAll(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended; only its output is still open.
  }
}
