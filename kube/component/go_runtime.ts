/**
 * How many goroutines has a Steve, and how much heap? From its profile endpoint or its page of
 * metrics, whichever the user names; both are Go's own. Records nothing.
 * Sources: Go, net/http/pprof and runtime/pprof (debug=1); Prometheus client_golang, Go collector.
 * @module
 */

import { OperationFailedError } from "../../core/errors.ts";
import { shownUrl } from "../../core/net/server_url.ts";
import { gaugeValue } from "./gauge_text.ts";

export interface GoRuntime {
  readonly goroutines: number;
  /** Of allocated objects, those included that the next collection frees. */
  readonly heapBytes: number;
}

export interface GoRuntimeOptions {
  /** `http://localhost:6060/debug/pprof/`, or a page of metrics. */
  readonly url: string;
  /** @throws {OperationFailedError} if the page cannot be had */
  readonly fetchText: (url: string, signal: AbortSignal) => Promise<string>;
}

/** @throws {OperationFailedError} if the pages cannot be had, or do not tell */
export async function readGoRuntime(
  options: GoRuntimeOptions,
  signal: AbortSignal,
): Promise<GoRuntime> {
  const { url, fetchText } = options;
  const isProfiles = /\/pprof\/?$/.test(new URL(url).pathname);
  const figures = isProfiles
    ? await fromProfiles(options, signal)
    : fromMetrics(await fetchText(url, signal));
  const { goroutines, heapBytes } = figures;
  if (Number.isFinite(goroutines) && Number.isFinite(heapBytes)) return { goroutines, heapBytes };
  throw new OperationFailedError(
    "protocol",
    `Cannot find goroutines and heap at ${
      shownUrl(url)
    }; expected Go's /debug/pprof/ or a page of metrics`,
  );
}

function fromMetrics(page: string): GoRuntime {
  return {
    goroutines: gaugeValue(page, "go_goroutines") ?? NaN,
    heapBytes: gaugeValue(page, "go_memstats_heap_alloc_bytes") ?? NaN,
  };
}

async function fromProfiles(
  { url, fetchText }: GoRuntimeOptions,
  signal: AbortSignal,
): Promise<GoRuntime> {
  const base = url.replace(/\/?$/, "/");
  const [goroutines, heap] = await Promise.all([
    fetchText(`${base}goroutine?debug=1`, signal),
    fetchText(`${base}heap?debug=1`, signal),
  ]);
  return {
    goroutines: Number(/^goroutine profile: total (\d+)$/m.exec(goroutines)?.[1]),
    heapBytes: Number(/^# HeapAlloc = (\d+)$/m.exec(heap)?.[1]),
  };
}
