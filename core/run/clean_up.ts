/**
 * The end of every run: undo what it made, within a time of its own, and tell what is left and how
 * to finish by hand. A run that leaves something behind has failed, whatever it measured.
 * @module
 */

import type { Say } from "../say.ts";
import { LeftoverError, messageOf } from "../errors.ts";
import { Deadline } from "../load/deadline.ts";
import { formatDuration } from "../units.ts";
import type { Run } from "./run.ts";
import type { NotUndone } from "./undo_stack.ts";

export interface CleanUpOptions {
  /** How long undoing may take in all. */
  readonly timeoutMs: number;
  /** Cuts off the cleaning when it is aborted; its reason is what the leftovers' errors say. */
  readonly cutting: AbortController;
  /** For what is only to show that it goes on. */
  readonly sayProgress: Say;
}

/** Undoes everything; what could not be undone is said, warned of and a failed finding. Never rejects. */
export async function cleanUp(run: Run, options: CleanUpOptions): Promise<void> {
  const { timeoutMs, cutting, sayProgress } = options;
  using _deadline = new Deadline(run.clock, {
    limitMs: timeoutMs,
    onOver() {
      cutting.abort(new Error(`not done within ${formatDuration(timeoutMs)} (--cleanup-timeout)`));
    },
  });
  const leftovers = await run.undoAll({
    signal: cutting.signal,
    onLong: (text) => sayProgress(`cleaning up: ${text}`),
  });
  for (const leftover of leftovers) {
    const text = textOf(leftover);
    run.warn("not-cleaned", text, { line: `not cleaned: ${text}` });
  }
  if (leftovers.length > 0) addFinding(run, leftovers);
}

function textOf({ label, error, byHand }: NotUndone): string {
  // A command that comes with the error fits what is left better than one that was made beforehand.
  const [why, command] = error instanceof LeftoverError
    ? [`${error.what}: ${error.why}`, error.byHand]
    : [messageOf(error), byHand];
  return `${label}: ${why}${command === undefined ? "" : `; finish with: ${command}`}`;
}

function addFinding(run: Run, leftovers: readonly NotUndone[]): void {
  run.addFinding({
    subject: "cleanup",
    verdict: "fail",
    observed: `${leftovers.length} not cleaned`,
    limit: "0 not cleaned",
    reason: `left undone: ${leftovers.map(({ label }) => label).join(", ")}`,
  });
}
