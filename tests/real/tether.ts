/**
 * How does a long command end together with the process that wanted it? Runs it in a process group
 * of its own that is killed as a whole when asked, or when this process is gone. Never restarts it.
 * @module
 */

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stderr: string;
}

export interface TetherOptions {
  readonly cwd: string;
  /** Added to the environment of this process. */
  readonly env?: Record<string, string>;
  /** Kills the command and all that it started. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A read of standard input ends when the last process that could write to it has ended, however it
 * ended. The group is killed with SIGKILL, because a compiler has nothing worth saving.
 */
const TETHERED = `
exec 3<&0
"$@" </dev/null 3<&- &
command=$!
{ read -r nothing <&3; kill -KILL 0; } >/dev/null 2>&1 &
tether=$!
wait "$command"
code=$?
kill -KILL "$tether"
exit "$code"
`;

/** Runs a command to its end; what it prints on stdout is thrown away. */
export async function runTethered(
  command: readonly string[],
  options: TetherOptions,
): Promise<Ended> {
  const { cwd, env = {}, signal } = options;
  const child = new Deno.Command("sh", {
    args: ["-c", TETHERED, "sh", ...command],
    cwd,
    env,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
    // A group of its own, or the kill would reach this process.
    detached: true,
  }).spawn();
  let isCut = false;
  const cut = () => {
    if (!isCut) child.stdin.close().catch(() => {});
    isCut = true;
  };
  if (signal?.aborted) cut();
  signal?.addEventListener("abort", cut);
  const [stderr, { code }] = await Promise.all([
    new Response(child.stderr).text(),
    child.status,
  ]);
  signal?.removeEventListener("abort", cut);
  cut();
  return { code, stderr };
}
