import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import {
  heapSamples,
  type SampledNode,
  startHeapSampling,
} from "../../../core/diagnostics/heap_profile.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function node(
  id: number,
  functionName: string,
  options: { selfSize?: number; children?: SampledNode[] } = {},
): SampledNode {
  const callFrame = { functionName, scriptId: "1", url: "", lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, selfSize: options.selfSize ?? 0, children: options.children ?? [] };
}

/** Some 5 MB and more that stay on the heap while the result is kept. */
function allocateForTheHeapProfile(): { id: number; name: string }[] {
  const kept: { id: number; name: string }[] = [];
  for (let id = 0; id < 100_000; id++) kept.push({ id, name: `object ${id}` });
  return kept;
}

async function functionNames(profile: Promise<Uint8Array>): Promise<string[]> {
  return Profile.decode(gunzipSync(await profile)).stringTable.strings;
}

Deno.test("every function that allocated has its own bytes, samples and callers", () => {
  const leaf = node(4, "leaf", { selfSize: 96 });
  const main = node(2, "main", { selfSize: 640, children: [leaf] });
  const caller = node(3, "caller", { children: [node(5, "leaf", { selfSize: 32 })] });
  const found = heapSamples({
    head: node(1, "(root)", { children: [main, caller] }),
    samples: [{ nodeId: 2 }, { nodeId: 4 }, { nodeId: 2 }, { nodeId: 5 }],
  });
  const lines = found.map(({ stack, values }) =>
    `${stack.map(({ functionName }) => functionName).join(" < ")}: ${values.join(" ")}`
  );
  assert.deepEqual(lines.sort(), [
    "leaf < caller: 1 32",
    "leaf < main: 1 96",
    "main: 2 640",
  ]);
});

Deno.test("stacks of any depth are walked", () => {
  let head = node(0, "bottom", { selfSize: 8 });
  for (let depth = 0; depth < 20_000; depth++) head = node(depth + 1, "f", { children: [head] });
  const depths = heapSamples({ head, samples: [] }).map(({ stack }) => stack.length);
  assert.deepEqual(depths, [20_001]);
});

Deno.test("sampling is shared, and goes on until the last one closes it", async () => {
  const clock = new FakeClock();
  const [first, second] = await Promise.all([startHeapSampling(clock), startHeapSampling(clock)]);
  const kept = allocateForTheHeapProfile();
  await first.close();
  await first.close();
  assert.ok((await functionNames(second.takeProfile())).includes("allocateForTheHeapProfile"));
  await second.close();
  await assert.rejects(second.takeProfile(), /the sampling was closed; start it again first$/);
  await using again = await startHeapSampling(clock);
  assert.ok(!(await functionNames(again.takeProfile())).includes("allocateForTheHeapProfile"));
  assert.equal(kept.length, 100_000);
});

Deno.test("a closed share takes no profile, though others go on", async () => {
  const clock = new FakeClock();
  const first = await startHeapSampling(clock);
  await using second = await startHeapSampling(clock);
  await first.close();
  await assert.rejects(first.takeProfile(), /the sampling was closed/);
  assert.ok((await second.takeProfile()).length > 0);
});
