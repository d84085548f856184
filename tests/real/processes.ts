/**
 * How is one background process started, watched and ended? By its process id alone, so that it
 * outlives this process if it shall. Never looks for processes that it did not start.
 * @module
 */

import { type Clock, SystemClock } from "../../core/load/clock.ts";
import { CannotRunError } from "../../core/errors.ts";

const POLL_MS = 20;
/** Lines of a dead process's log that are shown. */
const LAST_LINES = 5;
/** An answer that takes longer is none. */
const ANSWER_MS = 2_000;

/** A program that starts and says nothing for so long hangs, on however slow a machine. */
const SILENCE_MS = 60_000;
const LONGEST_MS = 600_000;

const SYSTEM_CLOCK = new SystemClock();

/** A program to start. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory and home, without symbolic links; tells the process from a stranger. */
  readonly dir: string;
  /** Holds the process id from before the program begins. */
  readonly pidFile: string;
  /** Takes all that it prints, after what is there already. */
  readonly logFile: string;
}

/**
 * The inner shell writes its own id and becomes the program, so that there is no process whose id
 * is not on record. The outer one ends at once: the program is nobody's child. The id on standard
 * output says that it is on record by now; the program does not inherit that output.
 */
const LAUNCH = `
log=$1 pid_file=$2
shift 2
sh -c 'echo $$ >"$0" && echo $$ >&3 && exec "$@" 3>&-' "$pid_file" "$@" 3>&1 </dev/null >>"$log" 2>&1 &
`;

/**
 * Starts a program in the background, deaf to the terminal's Ctrl-C; its process id.
 * @throws {CannotRunError} if its id cannot be recorded
 */
export async function launch(program: Launch): Promise<number> {
  const { command, args, dir, pidFile, logFile } = program;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", LAUNCH, "sh", logFile, pidFile, command, ...args],
    cwd: dir,
    // Nothing of the user's environment or home changes how a component behaves.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: dir },
    stdin: "null",
    stderr: "null",
    detached: true,
  }).output();
  const pid = Number(new TextDecoder().decode(stdout));
  if (!(pid > 0)) throw new CannotRunError(`Cannot start ${command}: ${pidFile} is not writable`);
  return pid;
}

/** Whether the process that was started in this directory still runs; a zombie does not. */
export function isRunning(pid: number, dir: string): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/cwd`) === dir;
  } catch {
    return false; // no such process, a zombie, or somebody else's
  }
}

/** Memory that the process has in RAM, bytes; undefined if it is gone. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return kb === undefined ? undefined : Number(kb) * 1024;
  } catch {
    return undefined;
  }
}

export interface StopOptions {
  readonly dir: string;
  /** How long it may take to end by itself after SIGTERM; 0: it is killed at once. */
  readonly graceMs: number;
}

/** Whether all threads of a process are stopped. */
export function standsStill(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  try {
    return [...Deno.readDirSync(tasks)].every(({ name }) =>
      /^ [Tt] /.test(Deno.readTextFileSync(`${tasks}/${name}/stat`).replace(/^.*\)/s, ""))
    );
  } catch {
    return false; // a thread has ended meanwhile
  }
}

/** Ends a process, suspended or not; resolves when it is dead. */
export async function stop(pid: number, options: StopOptions): Promise<void> {
  const { dir, graceMs } = options;
  const isDead = () => !isRunning(pid, dir);
  if (graceMs > 0) {
    send(pid, "SIGTERM");
    send(pid, "SIGCONT");
    await poll(isDead, { timeoutMs: graceMs });
  }
  if (!isDead()) send(pid, "SIGKILL");
  await poll(isDead, { timeoutMs: Infinity });
}

/** What a program that starts says of itself: nothing yet, that it lives, or that it can be used. */
export type Readiness = "silent" | "alive" | "ready";

export interface WaitOptions {
  /** What is waited for, for the message. */
  readonly name: string;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until a program that starts is ready: as long as it gets on, be it slowly on a busy machine.
 * A program gets on when its log grows or its port answers.
 * @throws {CannotRunError} with the end of the log as soon as the process has died, after a minute
 *   without a sign of life, or after ten in all
 */
export async function waitUntilReady(
  look: () => Promise<Readiness>,
  options: WaitOptions,
): Promise<void> {
  const { name, pid, dir, logFile, clock = SYSTEM_CLOCK, signal } = options;
  const why = await notReady(look, { pid, dir, logFile, clock, signal });
  signal?.throwIfAborted();
  if (why === undefined) return;
  throw new CannotRunError(`Cannot start ${name}: ${why}; its log ends:\n${lastLines(logFile)}`);
}

/** Why it did not become ready; undefined if it did. */
async function notReady(
  look: () => Promise<Readiness>,
  { pid, dir, logFile, clock, signal }: Omit<WaitOptions, "name"> & { clock: Clock },
): Promise<string | undefined> {
  const startMs = clock.now();
  let [lifeMs, logBytes] = [startMs, 0];
  while (!signal?.aborted) {
    const readiness = await look();
    if (readiness === "ready") return undefined;
    if (!isRunning(pid, dir)) return "it died";
    const before = logBytes;
    logBytes = sizeOf(logFile);
    if (readiness === "alive" || logBytes !== before) lifeMs = clock.now();
    if (clock.now() - lifeMs >= SILENCE_MS) return `no sign of life for ${SILENCE_MS / 1_000} s`;
    if (clock.now() - startMs >= LONGEST_MS) return `not ready after ${LONGEST_MS / 1_000} s`;
    await clock.sleepUntil(clock.now() + POLL_MS, signal);
  }
  return undefined;
}

/** Ready if the URL answers 2xx. */
export async function readinessOf(url: string, client: Deno.HttpClient): Promise<Readiness> {
  try {
    const response = await fetch(url, { client, signal: AbortSignal.timeout(ANSWER_MS) });
    await response.body?.cancel();
    return response.ok ? "ready" : "alive";
  } catch {
    return "silent"; // nobody listens yet
  }
}

/** Resolves when the condition holds, or then. */
async function poll(condition: () => boolean, { timeoutMs }: { timeoutMs: number }): Promise<void> {
  const clock = SYSTEM_CLOCK;
  const endMs = clock.now() + timeoutMs;
  while (!condition() && clock.now() < endMs) await clock.sleepUntil(clock.now() + POLL_MS);
}

function sizeOf(file: string): number {
  try {
    return Deno.statSync(file).size;
  } catch {
    return 0;
  }
}

function send(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // It is gone already.
  }
}

function lastLines(logFile: string): string {
  try {
    return Deno.readTextFileSync(logFile).trimEnd().split("\n").slice(-LAST_LINES).join("\n");
  } catch {
    return "(no log)";
  }
}
