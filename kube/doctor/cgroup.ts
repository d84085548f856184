/**
 * How much CPU and memory may this process use? Reads the control groups that it is in, version 1
 * and 2, up to the root: the tightest limit counts. Judges nothing.
 * Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1.
 * @module
 */

/** Content of a file, undefined if it cannot be read. */
export type ReadText = (path: string) => string | undefined;

export interface CgroupLimits {
  /** Infinity: no quota. */
  readonly cpuCores: number;
  /** Share of the periods so far in which the quota was used up; undefined: nobody counts. */
  readonly throttledRatio: number | undefined;
  /** What may still be used, Infinity without a limit. */
  readonly memoryFreeBytes: number;
}

const MOUNT = "/sys/fs/cgroup";
/** Version 1 writes "no limit" as the largest number of pages. */
const NO_MEMORY_LIMIT_BYTES = 2 ** 60;

/** @returns undefined where there are no control groups, as on other systems than Linux */
export function readCgroupLimits(read: ReadText): CgroupLimits | undefined {
  const groups = read("/proc/self/cgroup");
  if (groups === undefined) return undefined;
  const isUnified = read(`${MOUNT}/cgroup.controllers`) !== undefined;
  const foldersOf = (controller: string) => folders(groups, isUnified ? "" : controller);
  const cpu = foldersOf("cpu");
  const memory = foldersOf("memory");
  return {
    cpuCores: Math.min(...cpu.map((folder) => quotaCores(folder, read))),
    throttledRatio: throttledRatio(cpu[0] ?? MOUNT, read),
    memoryFreeBytes: Math.min(...memory.map((folder) => memoryFree(folder, read))),
  };
}

/** The group of a controller and those above it; inside a container their paths may be the host's. */
function folders(groups: string, controller: string): string[] {
  for (const line of groups.trim().split("\n")) {
    const [, names = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (!names.split(",").includes(controller)) continue;
    const mount = controller === "" ? MOUNT : `${MOUNT}/${names}`;
    const parts = path.split("/").filter((part) => part !== "");
    return parts.map((_, index) => [mount, ...parts.slice(0, parts.length - index)].join("/"))
      .concat(mount);
  }
  return [controller === "" ? MOUNT : `${MOUNT}/${controller}`];
}

function quotaCores(folder: string, read: ReadText): number {
  const [quota, period] = read(`${folder}/cpu.max`)?.trim().split(" ") ??
    [read(`${folder}/cpu.cfs_quota_us`)?.trim(), read(`${folder}/cpu.cfs_period_us`)?.trim()];
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Infinity; // "max" and -1 are no quota
}

function throttledRatio(folder: string, read: ReadText): number | undefined {
  const stat = read(`${folder}/cpu.stat`) ?? "";
  const count = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1]);
  const ratio = count("nr_throttled") / count("nr_periods");
  return Number.isNaN(ratio) ? undefined : ratio;
}

function memoryFree(folder: string, read: ReadText): number {
  const limit = Number(read(`${folder}/memory.max`) ?? read(`${folder}/memory.limit_in_bytes`));
  const used = Number(read(`${folder}/memory.current`) ?? read(`${folder}/memory.usage_in_bytes`));
  const isLimited = limit > 0 && limit < NO_MEMORY_LIMIT_BYTES && used >= 0;
  return isLimited ? Math.max(0, limit - used) : Infinity;
}
