import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { type Profiler } from "node:inspector";
import { Profile } from "pprof-format";
import {
  CpuProfileBusyError,
  cpuSamples,
  startCpuProfile,
} from "../../../core/diagnostics/cpu_profile.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** root > (main > leaf), (idle), (program), (garbage collector) */
const NODES: Profiler.ProfileNode[] = [
  node(1, "(root)", [2, 4, 5, 6]),
  node(2, "main", [3]),
  node(3, "leaf"),
  node(4, "(idle)"),
  node(5, "(program)"),
  node(6, "(garbage collector)"),
];

function node(id: number, functionName: string, children?: number[]): Profiler.ProfileNode {
  const callFrame = { functionName, scriptId: "1", url: "", lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, ...children === undefined ? {} : { children } };
}

/** What was seen, as `stack: values`. */
function seen(profile: Pick<Profiler.Profile, "samples" | "timeDeltas" | "endTime">): string[] {
  return cpuSamples({ nodes: NODES, startTime: 1_000, ...profile }).map(({ stack, values }) =>
    `${stack.map(({ functionName }) => functionName).join(" < ")}: ${values.join(" ")}`
  );
}

/**
 * Work under a name that a profile should show, all of it in one function. A test has its own,
 * because V8 names a long loop only in the profile in which it first gets hot.
 */
function spinForTheAbort(): number {
  let hash = 1;
  for (let i = 0; i < 1e8; i++) hash = (hash * 33 + i) | 0;
  return hash;
}

Deno.test("a function gets the time from its samples to the ones after them", () => {
  const profile = { samples: [3, 3, 2, 3], timeDeltas: [50, 1, 20, 300], endTime: 5_371 };
  assert.deepEqual(seen(profile), [
    // 1 + 20 us, and 4000 us up to the end: the samples were at 1050, 1051, 1071 and 1371 us.
    "leaf < main: 3 4021000",
    "main: 1 300000",
  ]);
});

Deno.test("waiting is left out, native code and garbage collection are not", () => {
  const profile = { samples: [4, 5, 6, 4], timeDeltas: [0, 10, 20, 40], endTime: 1_170 };
  assert.deepEqual(seen(profile), ["(program): 1 20000", "(garbage collector): 1 40000"]);
});

Deno.test("a sample written out of order takes no time away", () => {
  const profile = { samples: [2, 3, 2], timeDeltas: [0, -5, 10], endTime: 1_010 };
  assert.deepEqual(seen(profile), ["main: 2 5000", "leaf < main: 1 10000"]);
});

Deno.test("a profile that saw nothing has no samples", () => {
  assert.deepEqual(seen({ samples: [], timeDeltas: [], endTime: 9_000 }), []);
  assert.deepEqual(seen({ endTime: 9_000 }), []);
});

Deno.test("the profile of an idle time is valid", async () => {
  const clock = new FakeClock();
  const { profile: taking } = await startCpuProfile(clock, { durationMs: 1_000 });
  await clock.advance(1_000);
  const profile = Profile.decode(gunzipSync(await taking));
  assert.equal(profile.sampleType.length, 2);
  assert.ok(!profile.stringTable.strings.includes("(idle)"));
  assert.ok(Number(profile.durationNanos) > 0);
});

Deno.test("one profile is taken at a time, and the next one after it", async () => {
  const clock = new FakeClock();
  const { profile: taking } = await startCpuProfile(clock, { durationMs: 30_000 });
  await clock.advance(9_500);
  await assert.rejects(startCpuProfile(clock, { durationMs: 1_000 }), (error) => {
    assert.ok(error instanceof CpuProfileBusyError);
    assert.equal(error.remainingMs, 20_500);
    assert.match(error.message, /another one is being taken; it ends in 21 s, try again then$/);
    return true;
  });
  await clock.advance(20_500);
  await taking;
  const { profile: next } = await startCpuProfile(clock, { durationMs: 1_000 });
  await clock.advance(1_000);
  assert.ok((await next).length > 0);
});

Deno.test("an abort ends the profile early with what was seen", async () => {
  const clock = new FakeClock();
  const ending = new AbortController();
  const { profile: taking } = await startCpuProfile(clock, {
    durationMs: 300_000,
    signal: ending.signal,
  });
  spinForTheAbort();
  ending.abort();
  const { strings } = Profile.decode(gunzipSync(await taking)).stringTable;
  assert.ok(strings.includes("spinForTheAbort"));
  assert.equal(clock.now(), 0);
});
