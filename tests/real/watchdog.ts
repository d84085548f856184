/**
 * What ends the processes of a cluster? A tiny process that waits for the end of this one, of
 * whatever cause, then kills them by the ids recorded in the cluster's directory and removes that, and
 * the cgroups that are named in it. Never kills a process that does not work in that directory.
 * @module
 */

/** In a directory: the folders of the cgroups that go with it, without blanks, one in a line. */
export const CGROUPS_FILE = "cgroups";

/**
 * Reads a pipe that only the owner writes to. "release" lets the cluster live; its end is the end
 * of the cluster. The folder of process ids is renamed first: a component that is being started then
 * fails to record itself, and does not start. A process id may belong to a stranger by now, but he
 * does not have the cluster's directory as working directory; neither has a zombie. A cgroup cannot
 * be removed before its last process is gone: those of a node are killed with the first of them.
 */
const SCRIPT = `
dir=$1
trap '' HUP INT QUIT TERM
if read -r word && [ "$word" = release ]; then exit 0; fi
mv "$dir/pid" "$dir/ended" 2>/dev/null && sleep 0.03
is_ours() { [ "$(readlink "/proc/$1/cwd")" = "$dir" ]; }
killed=
for file in "$dir"/ended/*; do
  [ -s "$file" ] && pid=$(cat "$file") && is_ours "$pid" && kill -KILL "$pid" && killed="$killed $pid"
done
for pid in $killed; do
  while is_ours "$pid"; do sleep 0.01; done
done
for group in $(cat "$dir/${CGROUPS_FILE}"); do
  for try in $(seq 1000); do
    [ -d "$group" ] || break
    find "$group" -depth -type d -exec rmdir {} + || sleep 0.01
  done
done
rm -rf "$dir"
`;

/** The watchdog of a cluster that must not outlive this process. */
export class Watchdog {
  readonly #dir: string;
  readonly #child: Deno.ChildProcess;

  /** @param dir the cluster's directory without symbolic links */
  constructor(dir: string) {
    this.#dir = dir;
    this.#child = spawn(dir, "piped");
    // An owner that has nothing more to do ends, and the cluster with it.
    this.#child.unref();
  }

  /** Ends the cluster; resolves when it is gone. */
  async end(): Promise<void> {
    await this.#say("");
    // The watchdog itself may have been killed.
    await endCluster(this.#dir);
  }

  /** Lets the cluster live on without an owner. */
  async release(): Promise<void> {
    await this.#say("release\n");
  }

  async #say(last: string): Promise<void> {
    this.#child.ref();
    try {
      const writer = this.#child.stdin.getWriter();
      if (last !== "") await writer.write(new TextEncoder().encode(last));
      await writer.close();
    } catch {
      // It is dead already.
    }
    await this.#child.status;
  }
}

/** Kills what still runs of a cluster and removes its directory. A cluster that is gone is fine. */
export async function endCluster(dir: string): Promise<void> {
  await spawn(dir, "null").status;
}

function spawn(dir: string, stdin: "piped" | "null"): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", SCRIPT, "sh", dir],
    stdin,
    stdout: "null",
    stderr: "null",
    // Not to be hit by what is sent to the owner's process group.
    detached: true,
  }).spawn();
}
