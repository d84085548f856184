/**
 * When routes were made, accepted and counted, and who set the pace of that: said as a fact of each
 * Gateway, and as a warning where the figures are not those of its controller.
 * @module
 */

import type { RunStage } from "../../../core/run/run_stage.ts";
import type { Scene } from "../frame/gateway_probe.ts";
import type { WrittenAt } from "../frame/route_writes.ts";
import { type Bound, boundOf, countedTimes } from "./bound.ts";
import type { CountWait } from "./count_wait.ts";
import { THROTTLED } from "./faults.ts";
import { type SingleChange, throttleOf } from "./throttle.ts";

const IN_WORDS: Readonly<Record<Bound["bound"], string>> = {
  harness: "set by the harness",
  "status-writer": "set by the writer of route statuses",
  controller: "set by the controller",
  unknown: "not known",
};

/** What of a change is looked at. */
export type Effect = "counting" | "serving";

/** See the module. Dispose it to stop listening. */
export class PaceBook implements Disposable {
  readonly #scene: Scene;
  readonly #createdMs: number[] = [];
  /** By Gateway. */
  readonly #acceptedMs = new Map<string, number[]>();
  readonly #changes: Readonly<Record<Effect, Map<string, SingleChange[]>>> = {
    counting: new Map(),
    serving: new Map(),
  };
  readonly #stopListening: () => void;
  #isAdding = true;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#stopListening = scene.routes.onAcceptance(({ atMs, gateway, acceptance }) => {
      if (!this.#isAdding || acceptance.state !== "accepted") return;
      append(this.#acceptedMs, gateway, atMs);
    });
  }

  created(written: readonly WrittenAt[]): void {
    for (const { doneMs } of written) this.#createdMs.push(doneMs);
  }

  /** All that was laid is counted: what is accepted from now on is one more. */
  added(): void {
    this.#isAdding = false;
  }

  /** One more route has come to be counted or served, or has ceased to be. */
  changed(effect: Effect, gateway: string, change: SingleChange): void {
    append(this.#changes[effect], gateway, change);
  }

  /** Whether what was asked of one Gateway, one after another, waited for a time that was set. */
  judgeSingles({ recorder, clock }: Pick<RunStage, "recorder" | "clock">, gateway: string): void {
    for (const what of ["counting", "serving"] as const) {
      const throttle = throttleOf(this.#changes[what].get(gateway) ?? []);
      if (throttle === undefined) continue;
      this.#scene.run.addFact(
        `pace of ${what} one more, ${gateway}`,
        `set by a throttle: ${throttle}: a fixed time, not work`,
      );
      recorder.count(THROTTLED, 1, { atMs: clock.now(), tags: { gateway, what } });
    }
  }

  say(counts: readonly CountWait[]): void {
    const { run } = this.#scene;
    for (const { gateway: { tag }, events, start } of counts) {
      const counted = events.flatMap(({ atMs, count }) =>
        count === undefined ? [] : [{ atMs, count }]
      );
      const adding = boundOf({
        createdMs: this.#createdMs,
        acceptedMs: this.#acceptedMs.get(tag) ?? [],
        countedMs: countedTimes(counted, start),
      });
      run.addFact(`pace of adding, ${tag}`, textOf(adding));
      if (adding.bound === "harness") {
        run.warn(
          "harness-bound",
          `The count of ${tag} only followed our own creates (${adding.because}): how fast its ` +
            "controller could count is not known; raise --write-concurrency, or add more routes",
        );
      }
    }
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}

function textOf({ bound, because }: Bound): string {
  return `${IN_WORDS[bound]}: ${because}`;
}

function append<T>(book: Map<string, T[]>, key: string, value: T): void {
  const values = book.get(key);
  if (values === undefined) book.set(key, [value]);
  else values.push(value);
}
