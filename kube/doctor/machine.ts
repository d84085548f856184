/**
 * Has this process CPU enough for the load that it is to make, and memory enough before the kernel ends
 * it? Reads the control groups that it is in, version 1 and 2, up to the root: the tightest limit counts.
 * Source: Linux kernel, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1.
 * @module
 */

import { formatBytes, formatSignificant } from "../../core/units.ts";
import type { Check, DoctorFinding, MachineContext } from "./check.ts";

const CPU_ID = "cpu";
/** CPU time of one small request, upper end of what `deno task bench` finds on one core. */
const CPU_MS_PER_REQUEST = 0.2;
/** Of the one core that the event loop has; beyond it the report is DEGRADED (core/judge/validity.ts). */
const BEARABLE_RATIO = 0.9;
const NOTABLE_THROTTLING_RATIO = 0.01;

export const CPU_CHECK: Check<MachineContext> = {
  id: CPU_ID,
  look({ needs }) {
    const limits = readCgroupLimits(readSystemFile);
    const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readSystemFile("/proc/self/status") ?? "");
    return [judgeCpu({
      cores: allowed?.[1] === undefined ? navigator.hardwareConcurrency : countCpus(allowed[1]),
      quotaCores: limits?.cpuCores ?? Infinity,
      throttledRatio: limits?.throttledRatio,
      requestsPerSec: needs.requestsPerSec,
    })];
  },
};

/** @param list e.g. `0-3,8` */
export function countCpus(list: string): number {
  return list.split(",").reduce((sum, part) => {
    const [from = NaN, to = from] = part.split("-").map(Number);
    return sum + to - from + 1;
  }, 0);
}

export function judgeCpu(
  { cores, quotaCores, throttledRatio = 0, requestsPerSec }: {
    /** That the process may run on. */
    cores: number;
    /** Of its control groups; Infinity: none. */
    quotaCores: number;
    throttledRatio?: number | undefined;
    requestsPerSec: number | null;
  },
): DoctorFinding {
  const quota = quotaCores === Infinity
    ? "no CPU limit"
    : `a CPU limit of ${formatSignificant(quotaCores)} cores`;
  const has = `${cores} core${cores === 1 ? "" : "s"}, ${quota}`;
  const usable = Math.min(1, cores, quotaCores);
  const neededCores = (requestsPerSec ?? 0) * CPU_MS_PER_REQUEST / 1_000;
  if (neededCores > usable * BEARABLE_RATIO) {
    const most = formatSignificant(usable * BEARABLE_RATIO / CPU_MS_PER_REQUEST * 1_000);
    return {
      id: CPU_ID,
      status: "warning",
      what:
        `${has}; the run is to send ${formatSignificant(requestsPerSec ?? 0)} requests/s, and ` +
        `one process manages about ${most}`,
      why: "What is measured then is this process and not the server",
      fix:
        "lower the rate, raise the limit, or run several processes with a share of the rate each",
    };
  }
  if (quotaCores < 1 || throttledRatio > NOTABLE_THROTTLING_RATIO) {
    const throttled = formatSignificant(throttledRatio * 100);
    return {
      id: CPU_ID,
      status: "warning",
      what: `${has}; ${throttled} % of the periods so far were throttled`,
      why:
        "Once a period's CPU is used up the process stands still until the next, which shows as " +
        "latency that the server did not cause",
      fix: "give the process at least one core: resources.limits.cpu: 1, or no CPU limit",
    };
  }
  return { id: CPU_ID, status: "ok", what: has };
}

const MEMORY_ID = "memory";
/** What a run grows by beyond a process that has just begun: heap, histograms, garbage. */
const RUN_BYTES = 128 * 2 ** 20;
/** Name, time of its delete and place in the queue of an object that is alive. */
const OBJECT_BYTES = 1_024;

export const MEMORY_CHECK: Check<MachineContext> = {
  id: MEMORY_ID,
  look({ needs }) {
    const limits = readCgroupLimits(readSystemFile);
    const meminfo = readSystemFile("/proc/meminfo") ?? "";
    const availableKib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? NaN);
    return [judgeMemory({
      machineFreeBytes: availableKib * 1_024,
      limitFreeBytes: limits?.memoryFreeBytes ?? Infinity,
      objects: (needs.objects ?? []).reduce((sum, { mostAtOnce }) => sum + mostAtOnce, 0),
    })];
  },
};

export function judgeMemory(
  { machineFreeBytes, limitFreeBytes, objects }: {
    /** NaN where the system does not tell. */
    machineFreeBytes: number;
    /** Up to the limit of the control group; Infinity: none. */
    limitFreeBytes: number;
    /** Highest number at a time; Infinity: unbounded, and not counted. */
    objects: number;
  },
): DoctorFinding {
  if (Number.isNaN(machineFreeBytes) && limitFreeBytes === Infinity) {
    return {
      id: MEMORY_ID,
      status: "unknown",
      what: "this system has no /proc/meminfo",
      why: "A process that runs out of memory is ended without a report",
    };
  }
  const isLimit = !(limitFreeBytes > machineFreeBytes);
  const freeBytes = isLimit ? limitFreeBytes : machineFreeBytes;
  const what = `${formatBytes(freeBytes)} free ${
    isLimit ? "up to the memory limit" : "on the machine"
  }`;
  const wantedBytes = RUN_BYTES + (objects === Infinity ? 0 : objects * OBJECT_BYTES);
  if (freeBytes >= wantedBytes) return { id: MEMORY_ID, status: "ok", what };
  return {
    id: MEMORY_ID,
    status: "warning",
    what: `${what}, and the run may take ${formatBytes(wantedBytes)} more`,
    why: "The kernel ends a process that runs out of memory: no report, and objects left behind",
    fix: isLimit ? "raise resources.limits.memory" : "end other programs, or use another machine",
  };
}

/** Content of a file, undefined if it cannot be read. */
type ReadText = (path: string) => string | undefined;

interface CgroupLimits {
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

/** Undefined if it is not there or cannot be read. */
export function readSystemFile(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
