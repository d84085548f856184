/** `go tool pprof` on profiles of known work. @module */

import assert from "node:assert/strict";
import { startCpuProfile } from "../../core/diagnostics/cpu_profile.ts";
import { startHeapSampling } from "../../core/diagnostics/heap_profile.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { hasGo, topOf } from "../support/go_pprof.ts";

function spinForGo(): number {
  let hash = 1;
  for (let i = 0; i < 3e8; i++) hash = (hash * 31 + i) | 0;
  return hash;
}

/** Some 5 MB and more that stay on the heap while the result is kept. */
function allocateForTheHeapProfile(): { id: number; name: string }[] {
  const kept: { id: number; name: string }[] = [];
  for (let id = 0; id < 100_000; id++) kept.push({ id, name: `object ${id}` });
  return kept;
}

Deno.test("go tool pprof shows the busy function on top", {
  ignore: !hasGo("the CPU profile is not read by go tool pprof"),
}, async () => {
  const clock = new FakeClock();
  const { profile: taking } = await startCpuProfile(clock, { durationMs: 30_000 });
  spinForGo();
  await clock.advance(30_000);
  const { header, rows } = await topOf(await taking, ["-unit=ms"]);
  assert.match(header, /^Type: cpu$/m);
  assert.match(header, /^Time: 2026-01-01/m);
  const [first] = rows;
  assert.equal(first?.name, "spinForGo");
  assert.match(first.flat, /^[\d.]+ms$/);
  assert.ok(parseFloat(first.flat) > 10, `${first.flat} in the function`);
  assert.ok(first.flatPercent > 50, `${first.flatPercent} % of the time`);
});

Deno.test("go tool pprof shows the function that allocated on top", {
  ignore: !hasGo("the heap profile is not read by go tool pprof"),
}, async () => {
  const clock = new FakeClock();
  await using sampling = await startHeapSampling(clock);
  const kept = allocateForTheHeapProfile();
  await clock.advance(61_000);
  const { header, rows } = await topOf(await sampling.takeProfile(), ["-unit=MB"]);
  assert.match(header, /^Type: inuse_space$/m);
  assert.match(header, /^Time: 2026-01-01/m);
  const [first] = rows;
  assert.equal(first?.name, "allocateForTheHeapProfile");
  assert.match(first.flat, /^[\d.]+MB$/);
  assert.ok(parseFloat(first.flat) > 3, `${first.flat} by the function`);
  assert.ok(first.flatPercent > 50, `${first.flatPercent} % of the bytes`);
  assert.equal(kept.length, 100_000);
});
