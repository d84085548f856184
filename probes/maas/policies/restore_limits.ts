/**
 * Limits that a run has raised, given back as the last thing that it does: by a look that shows the old
 * values, by what their controller says of them, and by users that are refused again. What fails here,
 * or is cut off, is given back when the run is undone all the same, unproved.
 * @module
 */

import {
  CannotRunError,
  LeftoverError,
  messageOf,
  OperationFailedError,
} from "../../../core/errors.ts";
import type { Run } from "../../../core/run/run.ts";
import {
  type Proof,
  type ProofOptions,
  proofText,
  provedText,
  proveRestored,
} from "./prove_limits.ts";
import type { RaisedLimits } from "./raised.ts";
import { untilEnforced } from "./until_enforced.ts";

/** Of the warnings on what is not known of limits at the end, and on what is known to be wrong. */
export const LIMITS_NOT_PROVED = "limits-not-proved";
export const LIMITS_NOT_BACK = "limits-not-back";
/** The question of the finding. */
const SUBJECT = "limits given back refuse again";

/** @param proof undefined: nothing is asked for a proof. */
export async function restoreLimits(
  run: Run,
  raised: RaisedLimits,
  proof: ProofOptions | undefined,
): Promise<readonly Proof[]> {
  const { policies, borrowed } = raised;
  if (policies.length === 0) return [];
  try {
    await borrowed.giveBackNow(run.stopping);
    await untilEnforced(run, raised, { state: "given back" });
    if (proof === undefined || proof.mostMs === 0) {
      run.warn(
        LIMITS_NOT_PROVED,
        "Limits were given back, and nobody asked whether they refuse again",
      );
      return [];
    }
    const proofs = await proveRestored(run, policies, proof);
    tell(run, proofs);
    return proofs;
  } catch (thrown) {
    if (!run.stopping.aborted && !isExpected(thrown)) throw thrown;
    const why = run.stopping.aborted ? "the run was stopped" : messageOf(thrown);
    run.warn(LIMITS_NOT_PROVED, `That limits refuse again after the run was not seen: ${why}`);
    return [];
  }
}

function isExpected(thrown: unknown): boolean {
  return [CannotRunError, LeftoverError, OperationFailedError].some((kind) =>
    thrown instanceof kind
  );
}

function tell(run: Run, proofs: readonly Proof[]): void {
  const unknown = Map.groupBy(
    proofs.filter(({ state }) => state === "unknown"),
    ({ why }) => why,
  );
  for (const [why, unseen] of unknown) {
    const limits = unseen.map(provedText).join(", ");
    run.warn(LIMITS_NOT_PROVED, `Given back, but not seen to refuse: ${limits}: ${why}`);
  }
  for (const proof of proofs.filter(({ state }) => state === "wrong")) {
    run.warn(LIMITS_NOT_BACK, `Given back, and does not refuse: ${proofText(proof)}`);
  }
  const seen = proofs.filter(({ state }) => state === "seen");
  const wrong = proofs.filter(({ state }) => state === "wrong");
  if (seen.length > 0) run.addFact("limits seen to refuse again", seen.map(proofText).join("; "));
  if (seen.length + wrong.length === 0) return; // nothing was seen, which is no answer
  run.addFinding({
    subject: SUBJECT,
    verdict: wrong.length > 0 ? "fail" : "pass",
    observed: `${seen.length} of ${seen.length + wrong.length}`,
    limit: "all that could be asked",
    reason: wrong.map(proofText).join("; "),
  });
}
