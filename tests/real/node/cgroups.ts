/**
 * Which cgroups does a node have, below which its pods have theirs? With cgroup v1 one in each
 * hierarchy, with v2 one, where both are mounted all of them.
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where a hierarchy of cgroups is mounted. */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
}

/** What kubelet and runc need of a v2 hierarchy. */
const CONTROLLERS = ["cpu", "memory", "pids"];

/** @param mounts what `/proc/mounts` says */
export function hierarchiesIn(mounts: string): Hierarchy[] {
  return mounts.split("\n").flatMap((line) => {
    const [, path, type] = line.split(" ");
    if (path === undefined || (type !== "cgroup" && type !== "cgroup2")) return [];
    return [{ path, version: type === "cgroup" ? 1 : 2 }];
  });
}

function hierarchies(): Hierarchy[] {
  return hierarchiesIn(Deno.readTextFileSync("/proc/mounts"));
}

/** Why this machine lets nobody make the cgroups of a node; undefined if it does. */
export function whyNoCgroups(): string | undefined {
  const all = hierarchies();
  if (all.length === 0) return "no cgroups";
  for (const { path, version } of all) {
    const trial = join(path, `scaletool-node-trial-${Deno.pid}`);
    try {
      Deno.mkdirSync(trial);
      const given = version === 2 ? text(join(trial, "cgroup.controllers")).split(/\s+/) : [];
      Deno.removeSync(trial);
      // Beside v1 a v2 hierarchy has no controllers, and none is asked of it.
      if (all.length > 1 || version === 1) continue;
      const missing = CONTROLLERS.filter((one) => !given.includes(one));
      if (missing.length > 0) {
        return `no ${missing.join(", ")} in cgroup.subtree_control of ${path}`;
      }
    } catch {
      return `no cgroup can be made in ${path}`;
    }
  }
  return undefined;
}

/** The cgroups of one node. */
export interface NodeCgroups {
  /** What the kubelet calls it: the same path in each hierarchy. */
  readonly root: string;
  /** The folders, one in each hierarchy. */
  readonly folders: readonly string[];
  /** Whoever writes 0 to it is in a cgroup of the node. */
  readonly procsFile: string;
}

/** @param dir the node's directory, by which its cgroups are named */
export function cgroupsOf(dir: string): NodeCgroups {
  const name = `scaletool-node-${createHash("sha256").update(dir).digest("hex").slice(0, 12)}`;
  const all = hierarchies();
  const home = all.find(({ version }) => version === 2) ?? all[0]!;
  return {
    root: `/${name}`,
    folders: all.map(({ path }) => join(path, name)),
    procsFile: join(home.path, name, "node", "cgroup.procs"),
  };
}

/**
 * The kernel shares the CPU out among cgroups, and to it one beside the processes of the root weighs as
 * much as one of them: with the usual weight all pods of a busy machine together would starve.
 */
const WEIGHT = { "cpu.shares": "8192", "cpu.weight": "800" };

export function makeCgroups({ folders, procsFile }: NodeCgroups): void {
  for (const folder of folders) {
    Deno.mkdirSync(folder);
    // Nobody can be in a cpuset that has none.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) inherit(folder, file);
    for (const [file, weight] of Object.entries(WEIGHT)) {
      if (isThere(join(folder, file))) Deno.writeTextFileSync(join(folder, file), weight);
    }
  }
  const home = join(procsFile, "..");
  Deno.mkdirSync(home);
  for (const file of ["cpuset.cpus", "cpuset.mems"]) inherit(home, file);
}

/** In v2 an empty one means the parent's. */
function inherit(folder: string, file: string): void {
  const [from, to] = [join(folder, "..", file), join(folder, file)];
  if (isThere(from) && isThere(to) && text(to) === "") Deno.writeTextFileSync(to, text(from));
}

function text(file: string): string {
  return Deno.readTextFileSync(file).trim();
}

function isThere(file: string): boolean {
  try {
    Deno.statSync(file);
    return true;
  } catch {
    return false;
  }
}
