/**
 * What of a node can be seen on the machine that it is on? Reads /proc and /sys.
 * @module
 */

import { processesIn } from "../listeners.ts";
import { cgroupsOf } from "./cgroups.ts";

/** What a node, or a pod of it, has on the machine while it is there. */
export interface Traces {
  /** Those that work in its folder: all but the ones in containers. */
  readonly processes: readonly number[];
  readonly cgroups: readonly string[];
  /** Links to the networks of its pods. */
  readonly links: readonly string[];
  /** Mounts that this machine sees. */
  readonly mounts: readonly string[];
  readonly folders: readonly string[];
}

export const NO_TRACES: Traces = { processes: [], cgroups: [], links: [], mounts: [], folders: [] };

/**
 * A look at one of several nodes that may be there.
 * @param dir of the node, which is there now
 */
export function looksAt(dir: string): () => Traces {
  const { folders } = cgroupsOf(dir);
  const network = Deno.readTextFileSync(`${dir}/network/10-pods.conflist`);
  const [, gateway] = /"gateway":"([^"]+)"/.exec(network)!;
  return () => ({
    processes: processesIn(dir),
    cgroups: folders.filter(isThere),
    links: Deno.networkInterfaces().filter(({ address }) => address === gateway)
      .map(({ name }) => name),
    mounts: Deno.readTextFileSync("/proc/mounts").split("\n").filter((line) => line.includes(dir)),
    folders: [dir].filter(isThere),
  });
}

/**
 * The process of a program in a pod, as this machine sees it; undefined if there is none.
 * @param pod what the program sees as its host name
 */
export function processOf(program: string, pod: string): number | undefined {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).find((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/comm`).trim() === program &&
        Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0").includes(`HOSTNAME=${pod}`);
    } catch {
      return false; // gone meanwhile
    }
  });
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
