/**
 * How is another program run for its answer? The one place of kube/ that starts processes; knows
 * nothing of credentials.
 * @module
 */

import { hiddenVariables } from "../../core/net/proxy_environment.ts";
import { SystemClock } from "../../core/load/clock.ts";
import { atProcessEnd } from "../../core/process_end.ts";
import { borrowTerminal } from "../../core/terminal_loan.ts";

export interface PluginRun {
  /** Name on PATH, or path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** It gets our standard input, and what it says on stderr is shown. */
  readonly interactive: boolean;
  /**
   * What it has started may outlive it, and hold its output open: its own end is the end of the run.
   * @default false
   */
  readonly leavesOthers?: boolean;
  /** Kills it and what it has started; the run then rejects. */
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

const READ_OUT_MS = 100;

async function runProcess(plugin: PluginRun): Promise<PluginResult> {
  const { command, args, env, interactive, leavesOthers = false, signal } = plugin;
  signal.throwIfAborted();
  using _terminal = interactive ? borrowTerminal() : undefined;
  // Its own group is what can be killed as a whole; but only in ours may it ask on our terminal.
  const hasOwnGroup = !interactive && Deno.build.os !== "windows";
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...hiddenVariables(), ...env },
    stdin: interactive ? "inherit" : "null",
    stdout: "piped",
    stderr: interactive ? "inherit" : "piped",
    detached: hasOwnGroup,
  }).spawn();
  const kill = () => hasOwnGroup ? killGroup(child) : endFamily(child);
  using _ended = atProcessEnd(kill);
  const outputs = [child.stdout, ...(interactive ? [] : [child.stderr])].map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).getReader()
  );
  // A grandchild may hold them open for as long as it lives.
  const closeOutputs = () => {
    for (const output of outputs) void output.cancel();
  };
  const onAbort = () => {
    kill();
    closeOutputs();
  };
  signal.addEventListener("abort", onAbort);
  if (leavesOthers) {
    // What it wrote itself is in the pipes by now, and is read at once.
    const clock = new SystemClock();
    void child.status.then(() => clock.sleepUntil(clock.now() + READ_OUT_MS)).then(closeOutputs);
  }
  try {
    const [stdout = "", stderr = ""] = await Promise.all(outputs.map(readAll));
    signal.throwIfAborted();
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

function killGroup({ pid }: Deno.ChildProcess): void {
  sendIfThere(-pid, "SIGKILL");
}

/** Politely: it may have switched off the terminal's echo, and must switch it on again. */
function endFamily({ pid }: Deno.ChildProcess): void {
  for (const member of [pid, ...descendantsOf(pid)]) sendIfThere(member, "SIGTERM");
}

/** Processes that it has started, and those that these have; none where the system does not tell. */
function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

/** Source: Linux, proc_pid_task_children(5). */
function childrenOf(pid: number): number[] {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
    return threads.flatMap((thread) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${thread}/children`).trim().split(/\s+/)
    ).filter((text) => text !== "").map(Number);
  } catch {
    return [];
  }
}

function sendIfThere(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended; only its output may still be open.
  }
}
