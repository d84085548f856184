/**
 * Has this process CPU enough for the load that it is to make?
 * @module
 */

import { formatSignificant } from "../../core/units.ts";
import { readCgroupLimits } from "./cgroup.ts";
import type { Check } from "./check.ts";
import type { MachineContext } from "./context.ts";
import type { Finding } from "./finding.ts";
import { readSystemFile } from "./system_files.ts";

const ID = "cpu";
/** CPU time of one small request, upper end of what `deno task bench` finds on one core. */
const CPU_MS_PER_REQUEST = 0.2;
/** Of the one core that the event loop has; beyond it the report is DEGRADED (core/judge/validity.ts). */
const BEARABLE_RATIO = 0.9;
const NOTABLE_THROTTLING_RATIO = 0.01;

export const CPU_CHECK: Check<MachineContext> = {
  id: ID,
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
): Finding {
  const quota = quotaCores === Infinity
    ? "no CPU limit"
    : `a CPU limit of ${formatSignificant(quotaCores)} cores`;
  const has = `${cores} core${cores === 1 ? "" : "s"}, ${quota}`;
  const usable = Math.min(1, cores, quotaCores);
  const neededCores = (requestsPerSec ?? 0) * CPU_MS_PER_REQUEST / 1_000;
  if (neededCores > usable * BEARABLE_RATIO) {
    const most = formatSignificant(usable * BEARABLE_RATIO / CPU_MS_PER_REQUEST * 1_000);
    return {
      id: ID,
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
      id: ID,
      status: "warning",
      what: `${has}; ${throttled} % of the periods so far were throttled`,
      why:
        "Once a period's CPU is used up the process stands still until the next, which shows as " +
        "latency that the server did not cause",
      fix: "give the process at least one core: resources.limits.cpu: 1, or no CPU limit",
    };
  }
  return { id: ID, status: "ok", what: has };
}
