/** Processes that others have started: whether they live, and when they are gone. @module */

/** What takes longer hangs, and fails its test instead of the whole suite. */
const LONGEST_WAIT_MS = 60_000;
const POLL_MS = 10;

/** Whether it runs; one that has ended and that nobody has asked about yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Waits until the file has so many lines, each of which is a process id. */
export async function pidsIn(path: string, count: number): Promise<number[]> {
  const lines = () => textOf(path).split("\n").slice(0, -1);
  await until(() => lines().length >= count, `${count} process ids in ${path}`);
  return lines().map(Number);
}

/** Resolves when none of them runs any more: a kill takes effect when the system comes to it. */
export async function gone(pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isRunning), `the end of ${pids.join(", ")}`);
}

/** Waits for something outside of this process that tells nobody when it happens. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const late = AbortSignal.timeout(LONGEST_WAIT_MS); !isTrue();) {
    if (late.aborted) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
