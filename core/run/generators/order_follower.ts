/**
 * How a generator does what its coordinator orders: when its load begins, which rung of a ladder is next,
 * and when it is to stop. Decides none of it.
 * @module
 */

import { CannotRunError, messageOf } from "../../errors.ts";
import type { Coordinator } from "../../generators/coordinator.ts";
import type { ClockOffset } from "../../generators/line.ts";
import type { Order, What } from "../../generators/order.ts";
import { type Clock, withFineSleeps } from "../../load/clock.ts";
import type { LedRungs, Run } from "../run.ts";
import type { Steering } from "../steering.ts";

type Begin = Extract<What, { type: "begin" }>;
type Rung = Extract<What, { type: "rung" }>;

/** Who asks for changes, as the log of the generator has it. */
const WHO = "coordinator";

/** See the module. */
export class OrderFollower implements LedRungs {
  readonly #coordinator: Coordinator;
  readonly #clock: Clock;
  #run: Run | undefined;
  /** Resolved at the order that it waits for; undefined: it waits for none. */
  #waitsForBegin: PromiseWithResolvers<Begin | undefined> | undefined;
  #waitsForRung: PromiseWithResolvers<Rung | undefined> | undefined;
  /** Whether the next beginning is that of all generators: the first one, and that of each rung. */
  #beginsWithOthers = true;
  #rungOrder = 0;
  #isTooLate = false;

  constructor(coordinator: Coordinator, clock: Clock) {
    this.#coordinator = coordinator;
    this.#clock = clock;
  }

  /** Carries orders out until the returned function is called. @param steering of the same run */
  follow(run: Run, steering: Pick<Steering, "change">): () => void {
    this.#run = run;
    run.stopping.addEventListener("abort", () => {
      this.#waitsForBegin?.resolve(undefined);
      this.#waitsForRung?.resolve(undefined);
    });
    return this.#coordinator.onOrder(({ order, what }) => {
      if (what.type === "change") void this.#change(order, steering.change(what.change, WHO));
      else this.#obey({ order, what }, run);
    });
  }

  async #change(order: number, changed: Promise<unknown>): Promise<void> {
    try {
      await changed;
      this.#coordinator.tell({ type: "answer", order });
    } catch (error) {
      this.#coordinator.tell({ type: "answer", order, error: messageOf(error) });
    }
  }

  /**
   * Tells that all is ready, and resolves when the load is to begin, or at the end of the run.
   * @throws {CannotRunError} if it has begun without us
   */
  readonly untilDue = async (): Promise<void> => {
    if (!this.#beginsWithOthers) return;
    this.#beginsWithOthers = false;
    const clock = await this.#coordinator.clockOffset();
    this.#requireInTime();
    this.#waitsForBegin = Promise.withResolvers();
    this.#coordinator.tell({ type: "ready", clock });
    if (this.#run?.stopping.aborted) return;
    const begin = await this.#waitsForBegin.promise;
    this.#waitsForBegin = undefined;
    if (begin !== undefined) await this.#sleepUntil(begin, clock);
  };

  async next(
    climbing: { readonly isRate: boolean; readonly mayEndEarly: boolean },
  ): Promise<{ readonly level: number; readonly name: string } | undefined> {
    this.#requireInTime();
    this.#waitsForRung = Promise.withResolvers();
    if (this.#rungOrder === 0) this.#coordinator.tell({ type: "climbs", ...climbing });
    if (this.#run?.stopping.aborted) return undefined;
    const rung = await this.#waitsForRung.promise;
    this.#waitsForRung = undefined;
    if (rung === undefined || rung.level === null) return undefined;
    this.#beginsWithOthers = true;
    return { level: rung.level, name: rung.name };
  }

  done(): void {
    this.#coordinator.tell({ type: "rungDone", order: this.#rungOrder });
  }

  #obey({ order, what }: Order, run: Run): void {
    if (what.type === "begin") {
      if (this.#waitsForBegin === undefined) this.#isTooLate = true;
      else this.#waitsForBegin.resolve(what);
    } else if (what.type === "rung") {
      if (this.#waitsForRung === undefined) this.#isTooLate = true;
      this.#rungOrder = order;
      this.#waitsForRung?.resolve(what);
    } else if (what.type === "stop") {
      run.stop(what.reason);
    } else if (what.type === "abort") {
      run.cutOff();
    }
  }

  /** Orders that came before it was ready for them were for one of the same number before it. */
  #requireInTime(): void {
    if (!this.#isTooLate) return;
    throw new CannotRunError("The load had begun without it, in which it has no place any more");
  }

  async #sleepUntil({ atMs }: Begin, { offsetMs }: ClockOffset): Promise<void> {
    const clock = withFineSleeps(this.#clock);
    const dueMs = clock.now() + atMs - offsetMs - clock.wallNow().getTime();
    await clock.sleepUntil(dueMs, this.#run?.stopping);
    if (this.#run?.stopping.aborted) return;
    this.#coordinator.tell({ type: "begun", atMs: atMs + clock.now() - dueMs });
  }
}
