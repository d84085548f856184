/**
 * `deno task cluster` as a user runs it, and what it prints.
 * @module
 */

import { fileURLToPath } from "node:url";

const CLUSTER = fileURLToPath(new URL("cluster.ts", import.meta.url));

/** One that the caller ends or waits for. */
export function spawnCluster(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLUSTER, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs it to its end. */
export async function cluster(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await spawnCluster(args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** What a shell would have in the variable; empty: nothing. */
export function variable(name: string, stdout: string): string {
  return new RegExp(`^export ${name}=(.*)$`, "m").exec(stdout)?.[1] ?? "";
}
