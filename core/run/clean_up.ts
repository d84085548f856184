/**
 * The end of every run: undo what it made, within a time of its own, and tell what is left and how
 * to finish by hand. A run that leaves something behind has failed, whatever it measured.
 * @module
 */

import { messageOf } from "../errors.ts";
import { formatDuration } from "../units.ts";
import type { Run } from "./run.ts";
import type { NotUndone } from "./undo_stack.ts";

export interface CleanUpOptions {
  /** How long undoing may take in all. */
  readonly timeoutMs: number;
  /** Cuts off the cleaning when it is aborted; its reason is what the leftovers' errors say. */
  readonly cutting: AbortController;
  readonly say: (line: string) => void;
  /** For what is only to show that it goes on. */
  readonly sayProgress: (line: string) => void;
}

/** Undoes everything; what could not be undone is said, warned of and a failed finding. Never rejects. */
export async function cleanUp(run: Run, options: CleanUpOptions): Promise<void> {
  const { timeoutMs, cutting, say, sayProgress } = options;
  const done = new AbortController();
  const deadline = async () => {
    await run.clock.sleepUntil(run.clock.now() + timeoutMs, done.signal);
    if (done.signal.aborted) return;
    cutting.abort(new Error(`not done within ${formatDuration(timeoutMs)} (--cleanup-timeout)`));
  };
  const watching = deadline();
  const leftovers = await run.undoAll({
    signal: cutting.signal,
    onLong: (text) => sayProgress(`cleaning up: ${text}`),
  });
  done.abort();
  await watching;
  for (const leftover of leftovers) {
    const text = textOf(leftover);
    run.warn("not-cleaned", text);
    say(`not cleaned: ${text}`);
  }
  if (leftovers.length > 0) addFinding(run, leftovers);
}

function textOf({ label, error, byHand }: NotUndone): string {
  const finish = byHand === undefined ? "" : `; finish with: ${byHand}`;
  return `${label}: ${messageOf(error)}${finish}`;
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
