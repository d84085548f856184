/** What `--json-stream` and the live line say of a load that several generators put on. @module */

import assert from "node:assert/strict";
import { Divided, openLoad } from "./divided.ts";

interface Told {
  readonly event: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly operations: readonly { readonly total: number; readonly ratePerSec: number }[];
}

Deno.test("each second of several generators is one interval, with all that they did in it", async () => {
  await using run = new Divided({ targetRatePerSec: 20, instrument: openLoad(20) }, {
    count: 3,
    flags: { duration: ["6s"], "json-stream": ["true"] },
    // The last of them always tells a good deal after the coordinator's own second is over.
    carry: (line, arrive) =>
      line.generator === 2 ? void clockOf(run).sleep(400).then(() => arrive(line)) : arrive(line),
  });
  await run.ends();
  const events: Told[] = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const seconds = events.filter(({ event, operations }) =>
    event === "interval" && operations.length > 0
  );
  const total = seconds.reduce((sum, { operations: [request] }) => sum + request!.total, 0);
  assert.equal(total, run.report.summary.operations[0]!.total);
  const whole = seconds.slice(0, 5);
  assert.deepEqual(whole.map(({ startMs }) => Math.round(startMs / 1_000)), [0, 1, 2, 3, 4]);
  for (const { operations: [request], startMs, endMs } of whole) {
    assert.ok(endMs - startMs < 1_200, `${endMs - startMs}`);
    assert.ok(Math.abs(request!.ratePerSec - 20) < 4, `${request!.ratePerSec}`);
  }
});

function clockOf({ clock }: Divided) {
  return { sleep: (ms: number) => clock.sleepUntil(clock.now() + ms) };
}
