/**
 * Is there memory enough for a run before the kernel ends it?
 * @module
 */

import { formatBytes } from "../../core/units.ts";
import { readCgroupLimits } from "./cgroup.ts";
import type { Check } from "./check.ts";
import type { MachineContext } from "./context.ts";
import type { Finding } from "./finding.ts";
import { readSystemFile } from "./system_files.ts";

const ID = "memory";
/** What a run grows by beyond a process that has just begun: heap, histograms, garbage. */
const RUN_BYTES = 128 * 2 ** 20;
/** Name, time of its delete and place in the queue of an object that is alive. */
const OBJECT_BYTES = 1_024;

export const MEMORY_CHECK: Check<MachineContext> = {
  id: ID,
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
): Finding {
  if (Number.isNaN(machineFreeBytes) && limitFreeBytes === Infinity) {
    return {
      id: ID,
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
  if (freeBytes >= wantedBytes) return { id: ID, status: "ok", what };
  return {
    id: ID,
    status: "warning",
    what: `${what}, and the run may take ${formatBytes(wantedBytes)} more`,
    why: "The kernel ends a process that runs out of memory: no report, and objects left behind",
    fix: isLimit ? "raise resources.limits.memory" : "end other programs, or use another machine",
  };
}
