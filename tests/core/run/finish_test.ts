import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import { LeftoverError } from "../../../core/errors.ts";
import { cleanUp } from "../../../core/run/finish.ts";
import { Run } from "../../../core/run/run.ts";
import type { RunLogRecord } from "../../../core/run_log/record.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A run with the cleaning of 30 s that follows it, and what both leave. */
function made() {
  const clock = new FakeClock();
  const log: RunLogRecord[] = [];
  const said: string[] = [];
  const run = new Run({
    id: "test",
    clock,
    rng: createRng(1),
    say: (line) => said.push(line),
    log: (...records) => log.push(...records),
  });
  const progress: string[] = [];
  const cutting = new AbortController();
  const clean = () =>
    cleanUp(run, {
      timeoutMs: 30_000,
      cutting,
      sayProgress: (line) => progress.push(line),
    });
  return { clock, run, log, said, progress, cutting, clean };
}

function warning(message: string): RunLogRecord {
  return { type: "warning", warning: { code: "not-cleaned", message } };
}

Deno.test("a run that leaves nothing behind has nothing to say", async () => {
  const { clock, run, log, said, progress, clean } = made();
  run.defer("deleting configmaps", () => clock.sleepUntil(900), { byHand: "kubectl delete" });
  const cleaning = clean();
  await clock.advance(1_000);
  await cleaning;
  deepStrictEqual([log, said, progress], [[], [], []]);
  strictEqual(clock.sleeperCount, 0);
});

Deno.test("a command that comes with what is left is told once, instead of the one made before", async () => {
  const { run, said, clean } = made();
  const left = { what: 'namespace "a" is left', why: "Forbidden", left: 1 };
  const error = new LeftoverError({ ...left, byHand: "kubectl delete namespace a" });
  run.defer("removing namespaces", () => Promise.reject(error), {
    byHand: "kubectl delete namespace -l run=7",
  });
  await clean();
  deepStrictEqual(said, [
    'not cleaned: removing namespaces: namespace "a" is left: Forbidden; ' +
    "finish with: kubectl delete namespace a",
  ]);
});

Deno.test("what is left is said and warned of with its command, and is a failed finding", async () => {
  const { run, log, said, clean } = made();
  run.defer("removing namespaces", () => Promise.reject(new Error("forbidden")), {
    byHand: "kubectl delete namespace -l run=7",
  });
  run.defer("closing files", () => Promise.reject(new Error("disk full")));
  await clean();
  const texts = [
    "closing files: disk full",
    "removing namespaces: forbidden; finish with: kubectl delete namespace -l run=7",
  ];
  deepStrictEqual(said, texts.map((text) => `not cleaned: ${text}`));
  deepStrictEqual(log, [
    ...texts.map(warning),
    {
      type: "finding",
      finding: {
        subject: "cleanup",
        verdict: "fail",
        observed: "2 not cleaned",
        limit: "0 not cleaned",
        reason: "left undone: closing files, removing namespaces",
      },
    },
  ]);
});

Deno.test("one deadline holds for all undos; what it kept from being tried is told too", async () => {
  const { clock, run, said, progress, cutting, clean } = made();
  run.defer("removing namespaces", () => Promise.resolve(), { byHand: "kubectl delete ns a" });
  run.defer(
    "deleting configmaps",
    (signal) => clock.sleepUntil(Infinity, signal).then(() => signal.throwIfAborted()),
    {
      byHand: "kubectl delete cm -l run=7",
    },
  );
  run.defer("deleting pods", () => clock.sleepUntil(12_500));
  const cleaning = clean();
  await clock.advance(29_999);
  strictEqual(cutting.signal.aborted, false);
  await clock.advance(1);
  await cleaning;
  deepStrictEqual(said, [
    "not cleaned: deleting configmaps: not done within 30s (--cleanup-timeout); finish with: kubectl delete cm -l run=7",
    "not cleaned: removing namespaces: not tried: not done within 30s (--cleanup-timeout); finish with: kubectl delete ns a",
  ]);
  deepStrictEqual(progress, [
    "cleaning up: deleting pods",
    "cleaning up: deleting pods, 10s so far",
    "cleaning up: deleting configmaps",
    "cleaning up: deleting configmaps, 10s so far",
  ]);
  strictEqual(clock.sleeperCount, 0);
});

Deno.test("whoever cuts off the cleaning says why", async () => {
  const { clock, run, said, cutting, clean } = made();
  run.defer("deleting configmaps", () => clock.sleepUntil(50_000), { byHand: "kubectl delete" });
  const cleaning = clean();
  await clock.advance(500);
  cutting.abort(new Error("cut off by SIGINT"));
  await clock.advance(1_000);
  await cleaning;
  deepStrictEqual(said, [
    "not cleaned: deleting configmaps: cut off by SIGINT; finish with: kubectl delete",
  ]);
});
