/**
 * What does a process say of itself: CPU time, memory, goroutines, heap? From its page of metrics or
 * from Go's profile endpoint, whichever the user names. Records nothing.
 * Sources: Prometheus, "Writing client libraries" (process metrics); client_golang, Go collector;
 * Go, net/http/pprof and runtime/pprof (debug=1); Envoy, "Server statistics", for its memory.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { shownUrl } from "../../core/net/address.ts";
import { metricSum } from "./metrics_page.ts";
import type { ProcessTotals, Usage } from "./usage.ts";

interface PageUsageOptions {
  /** A page of metrics, or `http://localhost:6060/debug/pprof/`. */
  readonly url: string;
  /** @throws {OperationFailedError} if the page cannot be had */
  readonly fetchText: (url: string, signal: AbortSignal) => Promise<string>;
}

/**
 * @throws {OperationFailedError} if the pages cannot be had, or tell nothing of a process, as the page
 * of a proxy in between does
 */
export async function readPageUsage(
  options: PageUsageOptions,
  signal: AbortSignal,
): Promise<Usage> {
  const { url, fetchText } = options;
  const isProfiles = /\/pprof\/?$/.test(new URL(url).pathname);
  const usage = isProfiles
    ? await fromProfiles(options, signal)
    : fromMetrics(await fetchText(url, signal));
  if (Object.values(usage.levels).some((level) => level !== undefined) || usage.totals) {
    return usage;
  }
  throw new OperationFailedError(
    "protocol",
    `Cannot find CPU time, memory, goroutines or heap at ${shownUrl(url)}; expected Go's ` +
      "/debug/pprof/ or a page of metrics",
  );
}

function fromMetrics(page: string): Usage {
  const totals = given({
    cpuSeconds: metricSum(page, "process_cpu_seconds_total"),
    allocatedBytes: metricSum(page, "go_memstats_alloc_bytes_total"),
  });
  // Another start is another process, a restarted one or another replica behind the same address.
  const process = String(metricSum(page, "process_start_time_seconds"));
  return {
    levels: {
      memoryBytes: metricSum(page, "process_resident_memory_bytes") ??
        metricSum(page, "envoy_server_memory_physical_size"),
      goroutines: metricSum(page, "go_goroutines"),
      heapBytes: metricSum(page, "go_memstats_heap_alloc_bytes") ??
        metricSum(page, "envoy_server_memory_allocated"),
    },
    ...totalsOf(process, totals),
  };
}

async function fromProfiles(
  { url, fetchText }: PageUsageOptions,
  signal: AbortSignal,
): Promise<Usage> {
  const base = url.replace(/\/?$/, "/");
  const [goroutines, heap] = await Promise.all([
    fetchText(`${base}goroutine?debug=1`, signal),
    fetchText(`${base}heap?debug=1`, signal),
  ]);
  return {
    levels: {
      goroutines: numberIn(/^goroutine profile: total (\d+)$/m, goroutines),
      heapBytes: numberIn(/^# HeapAlloc = (\d+)$/m, heap),
    },
    // Which process it is, profiles do not tell: what became less is another one's.
    ...totalsOf("", given({ allocatedBytes: numberIn(/^# TotalAlloc = (\d+)$/m, heap) })),
  };
}

function totalsOf(process: string, totals: ProcessTotals): Pick<Usage, "totals"> {
  return Object.keys(totals).length === 0 ? {} : { totals: new Map([[process, totals]]) };
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
