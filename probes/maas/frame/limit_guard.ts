/**
 * Did limits stand in the way of a load? A request that a limiter refused says nothing about what is
 * behind it, unless its limits were raised and nobody has changed them since.
 * @module
 */

import type { Iteration } from "../../../core/load/workload.ts";
import type { Run } from "../../../core/run/run.ts";
import type { RunStage } from "../../../core/run/run_stage.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import type { Reverted } from "../policies/policy.ts";

/** As causes name it. */
export const POLICY = "policy";
export const RATE_LIMITED = "rate-limited";

/** So many refusals say all that there is to say, and more only keep the gateway busy. */
const ENOUGH_REFUSED = 200;

/** See the module. */
export class LimitGuard {
  readonly #run: Run;
  #areRaised: boolean;
  /** What is wrong with limits that refuse. */
  #refusal = "was not raised";
  readonly #stages = new Set<RunStage>();
  readonly #refused = new Map<RunStage, number>();
  #reverted: Reverted | undefined;

  /** @param options `areRaised`: all limits of the gateway are out of the way */
  constructor(run: Run, { areRaised }: { areRaised: boolean }) {
    this.#run = run;
    this.#areRaised = areRaised;
  }

  /** Somebody else changed a limit: what is measured now, and from now on, is no answer. */
  onReverted(reverted: Reverted): void {
    if (this.#reverted !== undefined) return;
    this.#reverted = reverted;
    for (const stage of this.#stages) this.#end(stage, reverted);
  }

  /** Limits that say that they are raised refuse as before. */
  onNotInForce(why: string): void {
    this.#areRaised = false;
    this.#refusal = "was raised and refuses as before";
    this.#run.warn("limits-not-in-force", `Limits were raised, and refuse as before: ${why}`);
  }

  /**
   * A request of the load was refused: after a few it is known that limits are in the way. Only those
   * that were due while the level is judged are told with it.
   */
  onRefused(stage: RunStage, { dueMs }: Pick<Iteration, "dueMs">): void {
    if (this.#areRaised || !this.#isJudged(stage, dueMs)) return;
    const refused = (this.#refused.get(stage) ?? 0) + 1;
    this.#refused.set(stage, refused);
    if (refused === ENOUGH_REFUSED) stage.stop("limit");
  }

  /** Before that a stage that was stopped would be none, and no report would tell why. */
  #isJudged(stage: RunStage, atMs: number): boolean {
    return stage.hasBegun && this.#run.stageAt(atMs - this.#run.startMs)?.kind === "measured";
  }

  /** A load in a stage, and whether limits were in its way. */
  async watch(stage: RunStage, work: () => Promise<void>): Promise<void> {
    this.#stages.add(stage);
    const begun = stage.begun.then(() => {
      if (this.#reverted !== undefined) this.#end(stage, this.#reverted);
    });
    try {
      await work();
    } finally {
      this.#stages.delete(stage);
      if (stage.hasBegun) await begun;
    }
    this.#judge(stage);
  }

  #end(stage: RunStage, { why }: Reverted): void {
    if (!stage.hasBegun) return;
    stage.disqualify({ component: POLICY, reason: `limits were changed by somebody else: ${why}` });
    stage.stop("limit");
  }

  #judge(stage: RunStage): void {
    if (this.#areRaised || !stage.hasBegun) return;
    this.#run.rotate(); // what is not in an interval yet counts as well
    const chat = stage.live.operation(CHAT_OP);
    const { count: refused } = chat?.failures(RATE_LIMITED) ?? { count: 0 };
    if (chat === undefined || refused === 0) return;
    stage.disqualify({
      component: POLICY,
      reason: `${refused} of ${chat.finished} answers were 429 of a limit that ${this.#refusal}`,
    });
  }
}
