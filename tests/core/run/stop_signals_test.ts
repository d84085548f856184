import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createRng } from "../../../core/load/rng.ts";
import type { StopSignal } from "../../../core/command/command.ts";
import { Run } from "../../../core/run/run.ts";
import { StopSignals } from "../../../core/run/stop_signals.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A run that is listening, and what it says and does at a signal. */
function listening() {
  const run = new Run({
    id: "test",
    clock: new FakeClock(),
    rng: createRng(1),
    log() {},
  });
  const said: string[] = [];
  let listener: ((signal: StopSignal) => void) | undefined;
  const signals = new StopSignals(run, {
    io: {
      onStopSignal(given) {
        listener = given;
        return () => listener = undefined;
      },
    },
    say: (line) => said.push(line),
  });
  const send = (signal: StopSignal) => listener?.(signal);
  return { run, signals, said, send, isListening: () => listener !== undefined };
}

const state = ({ run, isListening }: ReturnType<typeof listening>) => [
  run.end?.reason,
  run.aborted.aborted,
  isListening(),
];

for (
  const [signal, reason] of [
    ["SIGINT", "interrupted"],
    ["SIGTERM", "terminated"],
    ["SIGHUP", "hung-up"],
  ] as const
) {
  Deno.test(`${signal} stops the load, and once more cuts it off; nobody listens for a third`, () => {
    const all = listening();
    all.send(signal);
    deepStrictEqual(state(all), [reason, false, true]);
    all.send(signal);
    deepStrictEqual(state(all), [reason, true, false]);
    const cutting = all.signals.cleaning();
    strictEqual(cutting.signal.aborted, false, "the cleaning is not cut off with the load");
    deepStrictEqual(all.said, [
      `${signal}: stopping and cleaning up; once more to cut off what is in flight`,
      `${signal}: cutting off what is in flight, then cleaning up`,
    ]);
  });
}

Deno.test("cutting off the load tells how to clean by hand should a third signal follow", () => {
  const { run, said, send } = listening();
  const undo = () => Promise.resolve();
  run.defer("removing namespaces", undo, { byHand: "kubectl delete namespace a" });
  run.defer("closing files", undo);
  run.defer("deleting configmaps", undo, { byHand: "kubectl delete configmap -l run=1" });
  send("SIGINT");
  send("SIGTERM");
  deepStrictEqual(said.slice(1), [
    "SIGTERM: cutting off what is in flight, then cleaning up",
    "once more ends at once, without deleting configmaps; finish then with: kubectl delete configmap -l run=1",
    "once more ends at once, without removing namespaces; finish then with: kubectl delete namespace a",
  ]);
});

Deno.test("the second signal cuts off the cleaning where the first one stopped the load", () => {
  const all = listening();
  all.send("SIGINT");
  const { signal } = all.signals.cleaning();
  strictEqual(signal.aborted, false);
  all.send("SIGTERM");
  strictEqual((signal.reason as Error).message, "cut off by SIGTERM");
  deepStrictEqual(state(all), ["interrupted", false, false]);
  strictEqual(all.said.at(-1), "SIGTERM: cutting off the cleaning");
});

Deno.test("the first signal of a run that cleans up already cuts off nothing", () => {
  const all = listening();
  all.run.stop("duration");
  const { signal } = all.signals.cleaning();
  all.send("SIGINT");
  deepStrictEqual([...state(all), signal.aborted], ["duration", false, true, false]);
  all.send("SIGINT");
  deepStrictEqual([...state(all), signal.aborted], ["duration", false, false, true]);
  deepStrictEqual(all.said, [
    "SIGINT: cleaning up already; once more to cut that off",
    "SIGINT: cutting off the cleaning",
  ]);
});

Deno.test("the first signal of a run whose duration is over waits for what is in flight too", () => {
  const all = listening();
  all.run.stop("duration");
  all.send("SIGINT");
  deepStrictEqual(state(all), ["duration", false, true]);
  deepStrictEqual(all.said, ["SIGINT: stopping already; once more to cut off what is in flight"]);
});

Deno.test("after the cleaning a signal is received, and cuts off nothing", () => {
  const all = listening();
  all.run.stop("limit");
  const { signal } = all.signals.cleaning();
  all.signals.cleaned();
  strictEqual(all.signals.received.aborted, false);
  all.send("SIGTERM");
  deepStrictEqual([all.signals.received.aborted, signal.aborted], [true, false]);
  all.send("SIGTERM");
  deepStrictEqual([...state(all), signal.aborted], ["limit", false, false, false]);
  deepStrictEqual(all.said, ["SIGTERM: ending"]);
});

Deno.test("once disposed it listens no more", () => {
  const all = listening();
  all.signals[Symbol.dispose]();
  strictEqual(all.isListening(), false);
});
