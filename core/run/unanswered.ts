/**
 * What had no answer when the run was over and its grace too: such operations are in no time and in
 * no count of failures, so that figures without them prove nothing. Cuts nothing off itself.
 * @module
 */

import type { Run } from "./run.ts";

/** A run, or one stage of it. */
type Load = Pick<Run, "run" | "hasBegun" | "live" | "addFinding">;

/** Told when the grace is over, and when all has ended that was cut off then. */
export class Unanswered {
  #before: ReadonlyMap<string, number> | undefined;

  begin(load: Load): void {
    this.#before = cancelledByOp(load);
  }

  /** Adds a finding, if anything was cut off: nobody knows what would have become of it. */
  end(load: Load): void {
    const before = this.#before;
    if (before === undefined) return;
    const missing = [...cancelledByOp(load)]
      .map(([op, count]) => ({ op, count: count - (before.get(op) ?? 0) }))
      .filter(({ count }) => count > 0);
    if (missing.length === 0) return;
    const observed = missing.map(({ op, count }) => `${count} ${op}`).join(", ");
    load.addFinding({
      subject: "all operations answered",
      verdict: "inconclusive",
      observed: `${observed} without an answer`,
      limit: "none",
      reason: "they were cut off when the run was over and its grace for what is in flight too: " +
        "no time and no count of failures has them; limit the wait with --request-timeout or " +
        "--timeout, which makes failures of them",
    });
  }
}

function cancelledByOp(load: Load): Map<string, number> {
  if (load.hasBegun) load.run.rotate();
  const counts = new Map<string, number>();
  if (!load.hasBegun) return counts;
  for (const { op, cancelled } of load.live.operations.values()) {
    counts.set(op, (counts.get(op) ?? 0) + cancelled);
  }
  return counts;
}
