import assert from "node:assert/strict";
import { OperationFailedError } from "../../../core/errors.ts";
import { SystemClock } from "../../../core/load/clock.ts";
import { pageFetcher } from "../../../kube/component/fetch_text.ts";
import { readGoRuntime } from "../../../kube/component/go_runtime.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { stevePeer } from "../../watchers/steve/steve_peer.ts";

const NEVER = new AbortController().signal;
const PAGES: Readonly<Record<string, string>> = {
  "http://a/debug/pprof/goroutine?debug=1": "goroutine profile: total 856\n3 @ 0x1\n",
  "http://a/debug/pprof/heap?debug=1":
    "heap profile: 4: 8 [1: 2] @ heap/1\n# HeapAlloc = 20430856\n# HeapSys = 54132736\n",
  "http://a/metrics": "go_goroutines 12\ngo_memstats_heap_alloc_bytes 1.9437328e+07\n",
  "http://a/other": "nothing\n",
};

function read(url: string) {
  return readGoRuntime({ url, fetchText: (page) => Promise.resolve(PAGES[page]!) }, NEVER);
}

Deno.test("goroutines and heap come from profiles or from metrics", async () => {
  const profiled = { goroutines: 856, heapBytes: 20_430_856 };
  assert.deepEqual(await read("http://a/debug/pprof/"), profiled);
  assert.deepEqual(await read("http://a/debug/pprof"), profiled);
  assert.deepEqual(await read("http://a/metrics"), { goroutines: 12, heapBytes: 19_437_328 });
});

Deno.test("a page that has neither is an error", async () => {
  await assert.rejects(read("http://a/other"), (error) => {
    assert.ok(error instanceof OperationFailedError);
    assert.match(error.message, /^Cannot find goroutines and heap at http:\/\/a\/other; expected/);
    return true;
  });
});

Deno.test("a page is got, refused with its status, or cut off in time", async () => {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<Response>();
  await using peer = stevePeer(({ path }) => {
    if (path === "/slow") {
      asked.resolve();
      return held.promise;
    }
    return path === "/page" ? new Response("text") : new Response(null, { status: 503 });
  });
  const reasonAt = async (path: string, clock = new SystemClock() as SystemClock | FakeClock) => {
    try {
      return await pageFetcher(clock)(peer.url + path, NEVER);
    } catch (error) {
      return (error as OperationFailedError).reason;
    }
  };
  assert.equal(await reasonAt("/page"), "text");
  assert.equal(await reasonAt("/gone"), "http-503");
  const clock = new FakeClock();
  const slow = reasonAt("/slow", clock);
  await asked.promise;
  await clock.advance(10_000);
  assert.equal(await slow, "timeout");
  held.resolve(new Response());
});
