/**
 * The count of attached routes of one Gateway while routes come and go: whether it is right, when it
 * came to be, and what was wrong with it. Never polls.
 * @module
 */

import { timed } from "../../../core/load/timed.ts";
import type { Clock } from "../../../core/load/clock.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import type { SceneGateway } from "../frame/scene_gateway.ts";
import type { CountEvent } from "../frame/gateway_watch.ts";
import type { RouteScaleValues } from "../flags.ts";
import { type CountFaults, CountTracker } from "./count_watch.ts";

/** Counters of a count's faults, by fault. */
export const COUNT_FAULTS: Readonly<Record<keyof CountFaults, string>> = {
  overCount: "overCounts",
  underCount: "underCounts",
  residue: "residue",
  flaps: "countFlaps",
};

/** See the module. Dispose it to stop listening. */
export class CountWait implements Disposable {
  readonly gateway: SceneGateway;
  /** Each of its counts since this probe began. */
  readonly events: CountEvent[] = [];
  readonly #values: Pick<RouteScaleValues, "hold" | "timeout">;
  readonly #clock: Clock;
  readonly #tracker: CountTracker;
  readonly #stopListening: () => void;
  readonly #start: number;
  #least = 0;
  #most = 0;

  constructor(
    gateway: SceneGateway,
    { clock, values }: { clock: Clock; values: Pick<RouteScaleValues, "hold" | "timeout"> },
  ) {
    this.gateway = gateway;
    this.#values = values;
    this.#clock = clock;
    this.#start = gateway.attachedWithPilot;
    const atMs = clock.now();
    this.#tracker = new CountTracker({ count: this.#start, holdMs: values.hold, atMs });
    this.#stopListening = gateway.watch.onCount((event) => this.#observe(event));
  }

  get start(): number {
    return this.#start;
  }

  /** Whether it says fewer than those that were there before this probe began, and stayed. */
  get isLost(): boolean {
    return (this.gateway.watch.count ?? 0) < this.#start;
  }

  /** So many creates are about to be sent. */
  creating(routes: number): void {
    this.#most += routes;
    this.#expect();
  }

  /** Of those, so many were answered with success, and the rest has failed for good. */
  created(routes: number, failed = 0): void {
    this.#least += routes;
    this.#most -= failed;
    this.#expect();
  }

  /** So many deletes are about to be sent. */
  deleting(routes: number): void {
    this.#least -= routes;
    this.#expect();
  }

  /** Of those, so many were answered with success. */
  deleted(routes: number): void {
    this.#most -= routes;
    this.#expect();
  }

  /**
   * A sample of how long the count takes to be what it has to be, from `dueMs` on. It has to hold.
   * @returns when it came to be
   * @throws {OperationFailedError} `stalled`, if it runs out
   * @throws the reason, if the stage stops
   */
  async wait(
    stage: RunStage,
    { op, dueMs, timeoutMs = this.#values.timeout, holdMs = this.#values.hold }: {
      op: string;
      dueMs: number;
      timeoutMs?: number;
      holdMs?: number;
    },
  ): Promise<number> {
    const { tag, watch } = this.gateway;
    const target = this.#start + this.#most;
    let atMs = dueMs;
    await timed(stage, (settledAt) =>
      watch.until(() => watch.count === target ? true : undefined, {
        holdMs,
        timeoutMs,
        signal: stage.stopping,
        onSettled: (ms) => settledAt(atMs = ms),
        what: `Gateway ${tag} counts ${target} routes (it says ${watch.count ?? "nothing"})`,
      }), { op, tags: { gateway: tag }, dueMs });
    return atMs;
  }

  /** Counts what was wrong since it was asked last. */
  record({ recorder }: Pick<RunStage, "recorder">): void {
    const atMs = this.#clock.now();
    const faults = this.#tracker.take(atMs);
    for (const [fault, counter] of Object.entries(COUNT_FAULTS)) {
      const count = faults[fault as keyof CountFaults];
      if (count > 0) recorder.count(counter, count, { atMs, tags: { gateway: this.gateway.tag } });
    }
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  #observe(event: CountEvent): void {
    this.events.push(event);
    if (event.count !== undefined) this.#tracker.observe(event.count, event.atMs);
  }

  #expect(): void {
    const [least, most] = [this.#start + this.#least, this.#start + this.#most];
    this.#tracker.expect({ least, most }, this.#clock.now());
  }
}
