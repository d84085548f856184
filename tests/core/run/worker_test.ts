import assert from "node:assert/strict";
import { SystemClock } from "../../../core/load/clock.ts";
import { createRng } from "../../../core/load/rng.ts";
import { Run } from "../../../core/run/run.ts";
import { WorkerThread } from "../../../core/run/worker.ts";
import { spawnTelling } from "./telling_worker.ts";

Deno.test("a thread goes by the tempo of its program's run, also one that comes in a pause", async () => {
  const run = new Run({ id: "r", clock: new SystemClock(), rng: createRng(1), log: () => {} });
  const start = () => {
    const answers: ((answer: unknown) => void)[] = [];
    const thread = new WorkerThread(run, spawnTelling(), {
      task: "telling",
      options: undefined,
      seed: 1,
      say: () => {},
      onValue: (value) => answers.shift()?.(value),
    });
    const ask = () => {
      const answer = new Promise((resolve) => answers.push(resolve));
      // What was sent before has come before.
      thread.send("how");
      return answer;
    };
    return { thread, ask };
  };
  const first = start();
  await first.thread.ready;
  run.begin();
  await run.begun;
  const judged = { phase: "measured", stage: 0 };
  const plain = { factor: 1, isPaused: false, workers: undefined };
  assert.deepEqual(await first.ask(), { ...plain, ...judged, lap: undefined });
  run.tempo.change({ factor: 3 });
  run.pause();
  const paused = { factor: 3, isPaused: true, workers: undefined };
  const nowhere = { phase: "warmup", stage: undefined, lap: undefined };
  assert.deepEqual(await first.ask(), { ...paused, ...nowhere });
  const second = start();
  await second.thread.ready;
  assert.deepEqual(await second.ask(), { ...paused, ...nowhere });
  run.resume();
  for (const { ask } of [first, second]) {
    assert.deepEqual(await ask(), { ...paused, isPaused: false, ...judged, lap: 1 });
  }
  run.stop("limit");
  await Promise.all([first.thread.result, second.thread.result]);
});
