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

const IN_WORDS: Readonly<Record<Bound["bound"], string>> = {
  harness: "set by the harness",
  "status-writer": "set by the writer of route statuses",
  throttle: "set by a throttle",
  controller: "set by the controller",
  unknown: "not known",
};

/** See the module. Dispose it to stop listening. */
export class PaceBook implements Disposable {
  readonly #scene: Scene;
  readonly #createdMs: number[] = [];
  /** By Gateway. */
  readonly #acceptedMs = new Map<string, number[]>();
  readonly #attachMs = new Map<string, number[]>();
  readonly #servedMs = new Map<string, number[]>();
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

  /** One more route took so long to be counted. */
  attached(gateway: string, tookMs: number): void {
    append(this.#attachMs, gateway, tookMs);
  }

  /** And so long to be served. */
  served(gateway: string, tookMs: number): void {
    append(this.#servedMs, gateway, tookMs);
  }

  /** Whether what was asked of one Gateway, one after another, all took the same fixed time. */
  judgeSingles({ recorder, clock }: Pick<RunStage, "recorder" | "clock">, gateway: string): void {
    for (
      const [what, times] of [["counting", this.#attachMs], ["serving", this.#servedMs]] as const
    ) {
      const single = boundOf({ singleMs: times.get(gateway) ?? [] });
      if (single.bound !== "throttle") continue;
      this.#scene.run.addFact(`pace of ${what} one more, ${gateway}`, textOf(single));
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

function append(book: Map<string, number[]>, key: string, value: number): void {
  const values = book.get(key);
  if (values === undefined) book.set(key, [value]);
  else values.push(value);
}
