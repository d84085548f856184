import assert from "node:assert/strict";
import fc from "fast-check";
import type { KeyListener } from "../../../core/command/command.ts";
import { RunKeys } from "../../../core/run/run_keys.ts";
import { CannotChangeError, type RunStatus, type Steering } from "../../../core/run/steering.ts";
import type { Change } from "../../../core/run_log/change.ts";
import { STATUS } from "../control/serving.ts";
import { Conducted, loadFor } from "./conducted.ts";

/** A run with whatever can be changed, whose changes are in force at once. */
class ScriptedSteering implements Steering {
  readonly asked: Change[] = [];
  readonly said: string[] = [];
  readonly keys = new RunKeys(this, (line) => this.said.push(line));
  now: RunStatus;

  constructor(now: Partial<RunStatus>) {
    this.now = { ...STATUS, ...now };
  }

  status(): RunStatus {
    return this.now;
  }

  change(change: Change, by: string): Promise<string> {
    assert.equal(by, "key");
    if (!this.now.changes.includes(change.kind)) {
      return Promise.reject(new CannotChangeError("it cannot be"));
    }
    this.asked.push(change);
    if (change.kind === "rate") this.now = { ...this.now, targetRatePerSec: change.ratePerSec };
    if (change.kind === "scale") this.now = { ...this.now, workers: change.workers };
    if (change.kind === "pause") this.now = { ...this.now, state: "paused" };
    if (change.kind === "resume") this.now = { ...this.now, state: "running" };
    return Promise.resolve(change.kind);
  }

  onChange(): () => void {
    return () => {};
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) this.keys.onKey(key);
    await new Promise(setImmediate);
  }
}

const ALL = ["rate", "pause", "resume", "stop", "mark"] as const;

Deno.test("space pauses and resumes, m marks, q stops, and what is in force the run says itself", async () => {
  const run = new ScriptedSteering({ changes: ALL });
  await run.press("  mmxq");
  assert.deepEqual(run.said, []);
});

Deno.test("+ and - change the rate by a tenth, and by 1 at least, one key after the other", async () => {
  const run = new ScriptedSteering({ changes: ALL, targetRatePerSec: 100 });
  await run.press("++-");
  assert.deepEqual(run.asked.map((one) => one.kind === "rate" && one.ratePerSec), [
    110,
    121,
    108.9,
  ]);
  const slow = new ScriptedSteering({ changes: ALL, targetRatePerSec: 2.5 });
  await slow.press("+---");
  assert.deepEqual(slow.asked.map((one) => one.kind === "rate" && one.ratePerSec), [
    3.5,
    2.5,
    1.5,
    0.5,
  ]);
  await slow.press("-");
  assert.deepEqual(slow.said.at(-1), "the rate is at its lowest");
});

Deno.test("+ and - change the workers of a load without a rate, down to one", async () => {
  const changes = ["scale", "stop", "mark"] as const;
  const run = new ScriptedSteering({ changes, targetRatePerSec: null, workers: 16 });
  await run.press("+-");
  assert.deepEqual(run.asked, [{ kind: "scale", workers: 18 }, { kind: "scale", workers: 16 }]);
  const small = new ScriptedSteering({ changes, targetRatePerSec: null, workers: 2 });
  await small.press("--");
  assert.deepEqual(small.asked, [{ kind: "scale", workers: 1 }]);
  assert.equal(small.said.at(-1), "one is the least");
});

Deno.test("whatever is pressed, each amount that is asked for can be, and is another one", async () => {
  const amount = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  await fc.assert(
    fc.asyncProperty(amount, fc.array(fc.constantFrom("+", "-")), async (rate, keys) => {
      const run = new ScriptedSteering({ changes: ALL, targetRatePerSec: rate });
      await run.press(keys.join(""));
      let before = rate;
      for (const change of run.asked) {
        assert.ok(change.kind === "rate" && change.ratePerSec > 0);
        assert.notEqual(change.ratePerSec, before);
        before = change.ratePerSec;
      }
    }),
  );
});

Deno.test("a load says what it has not, and what its keys are as soon as there is somebody to press them", async () => {
  const run = new ScriptedSteering({ changes: ["stop", "mark"], targetRatePerSec: null });
  run.keys.onListening();
  run.keys.onListening();
  await run.press(" +");
  assert.deepEqual(run.said, [
    "keys: m mark, q stop, ? keys",
    "it cannot be",
    "this load has neither a rate nor workers that could be changed",
  ]);
  run.now = { ...run.now, changes: ALL };
  await run.press("?");
  assert.equal(
    run.said.at(-1),
    "keys: space pause and resume, + - rate by 10 %, m mark, q stop, ? keys",
  );
});

/** A keyboard for {@link Conducted}. */
function keyboard() {
  const listeners = new Set<KeyListener>();
  return {
    listeners,
    onKey(listener: KeyListener) {
      listeners.add(listener);
      listener.onListening();
      return () => void listeners.delete(listener);
    },
    press: (key: string) => listeners.forEach((one) => one.onKey(key)),
  };
}

Deno.test("keys count from the beginning of the load to its end", async () => {
  const keys = keyboard();
  const ready = Promise.withResolvers<void>();
  await using run = new Conducted(
    {
      instrument: async (run, say) => {
        await ready.promise;
        await loadFor(60_000)(run, say);
      },
    },
    {},
    { onKey: keys.onKey },
  );
  await run.clock.advance(1_000);
  assert.equal(keys.listeners.size, 0, "nothing to steer yet");
  ready.resolve();
  await run.clock.advance(5_000);
  assert.equal(run.stderr.match(/keys: m mark, q stop, \? keys/g)?.length, 1);
  keys.press("q");
  await run.clock.settle();
  assert.equal(keys.listeners.size, 0);
  await run.exitCode;
  assert.deepEqual(run.report.end, { reason: "stopped", atMs: 5_000 });
});

for (const flag of ["quiet", "json-stream"]) {
  Deno.test(`with --${flag} nobody listens to keys`, async () => {
    const keys = keyboard();
    await using run = new Conducted({ instrument: loadFor(2_000) }, { [flag]: ["true"] }, {
      onKey: keys.onKey,
    });
    await run.clock.advance(1_000);
    assert.equal(keys.listeners.size, 0);
    await run.clock.advance(2_000);
    await run.exitCode;
    assert.doesNotMatch(run.stderr, /keys: /);
  });
}
