/**
 * A program restarts the controller. It gets no shell, no input, and a group of processes of its own;
 * what it has started and leaves running is its business.
 * @module
 */

import { UsageError } from "../../../core/errors.ts";
import { withinTime } from "../../../core/load/deadline.ts";
import { formatDuration } from "../../../core/units.ts";
import {
  type PluginHost,
  type PluginResult,
  SYSTEM_PLUGIN_HOST,
} from "../../../kube/auth/plugin_host.ts";
import { type RestartContext, RestartFailedError } from "../../../kube/rollout/restart_failed.ts";

type Words = readonly [command: string, ...args: string[]];

/** Of what it said, the end. */
const MOST_OUTPUT = 2_000;

/** @throws {RestartFailedError} @throws the signal's reason */
export async function restartByCommand(
  words: Words,
  { clock, signal, timeoutMs }: RestartContext,
  host: PluginHost = SYSTEM_PLUGIN_HOST,
): Promise<void> {
  const late = () =>
    new RestartFailedError("stalled", `had not ended after ${formatDuration(timeoutMs)}`);
  const { code, stdout, stderr } = await withinTime(
    clock,
    (signal) => runOf(words, { host, signal }),
    { limitMs: timeoutMs, signal, late },
  );
  if (code === 0) return;
  const output = [stderr, stdout].map((text) => text.trim()).filter((text) => text !== "");
  throw new RestartFailedError(
    "exited",
    `ended with exit code ${code}`,
    output.join("\n").slice(-MOST_OUTPUT),
  );
}

async function runOf(
  [command, ...args]: Words,
  { host, signal }: { readonly host: PluginHost; readonly signal: AbortSignal },
): Promise<PluginResult> {
  try {
    return await host.run({
      ...{ command, args, env: {}, interactive: false, leavesOthers: true },
      signal,
    });
  } catch (thrown) {
    if (!isNotRunnable(thrown)) throw thrown;
    throw new RestartFailedError("not-started", `could not be started: ${thrown.message}`);
  }
}

function isNotRunnable(thrown: unknown): thrown is Error {
  return thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.PermissionDenied ||
    thrown instanceof Deno.errors.NotCapable;
}

/** So that nobody waits for the middle of a run to learn it. @throws {UsageError} if there is no such program */
export function requireProgram([command]: Words): void {
  const places = command.includes("/")
    ? [command]
    : (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${command}`);
  if (Deno.build.os === "windows" || places.some(isFile)) return;
  throw new UsageError(
    command.includes("/")
      ? `--restart-command: there is no program ${command}`
      : `--restart-command: there is no program "${command}" on PATH; ` +
        "for what a shell knows write sh -c '...'",
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
