import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { readPageUsage } from "../../../kube/component/page_usage.ts";

const NEVER = new AbortController().signal;
const PAGES: Readonly<Record<string, string>> = {
  "http://a/debug/pprof/goroutine?debug=1": "goroutine profile: total 856\n3 @ 0x1\n",
  "http://a/debug/pprof/heap?debug=1":
    "heap profile: 4: 8 [1: 2] @ heap/1\n# TotalAlloc = 99\n# HeapAlloc = 20430856\n# HeapSys = 54132736\n",
  "http://a/metrics": "go_goroutines 12\ngo_memstats_heap_alloc_bytes 1.9437328e+07\n" +
    "process_cpu_seconds_total 4.5\nprocess_resident_memory_bytes 6.5536e+04\n" +
    "process_start_time_seconds 1.7e+09\ngo_memstats_alloc_bytes_total 5e+08\n",
  "http://a/rust": "process_cpu_seconds_total 1\n",
  "http://a/envoy": "envoy_server_memory_allocated{} 5\nenvoy_server_memory_physical_size{} 9\n",
  "http://a/other": "nothing\n",
};

function read(url: string) {
  return readPageUsage({ url, fetchText: (page) => Promise.resolve(PAGES[page]!) }, NEVER);
}

Deno.test("usage comes from profiles or from metrics, as far as they tell it", async () => {
  const profiled = {
    levels: { goroutines: 856, heapBytes: 20_430_856 },
    totals: new Map([["", { allocatedBytes: 99 }]]),
  };
  assert.deepEqual(await read("http://a/debug/pprof/"), profiled);
  assert.deepEqual(await read("http://a/debug/pprof"), profiled);
  assert.deepEqual(await read("http://a/metrics"), {
    levels: { memoryBytes: 65_536, goroutines: 12, heapBytes: 19_437_328 },
    totals: new Map([["1700000000", { cpuSeconds: 4.5, allocatedBytes: 5e8 }]]),
  });
  const { levels, totals } = await read("http://a/rust");
  assert.deepEqual([...totals!.values()], [{ cpuSeconds: 1 }]);
  assert.ok(Object.values(levels).every((level) => level === undefined));
});

Deno.test("a page that tells nothing of a process is an error", async () => {
  await assert.rejects(read("http://a/other"), (error) => {
    assert.ok(error instanceof OperationFailedError);
    assert.match(error.message, /^Cannot find CPU time, .* at http:\/\/a\/other; expected/);
    return true;
  });
});

Deno.test("of Envoy, which tells no CPU time, its memory is known", async () => {
  const { levels, totals } = await read("http://a/envoy");
  assert.deepEqual(levels, { memoryBytes: 9, goroutines: undefined, heapBytes: 5 });
  assert.equal(totals, undefined);
});
