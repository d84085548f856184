/** Somebody who keeps the policies elsewhere, and puts back what has been changed. @module */

import { duration } from "../../../core/command/flags.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const policyReverted = valuedMaasFault({
  name: "policy-reverted",
  does: "a changed policy is put back so much later: GitOps",
  concerns: "policy changes",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 10_000 },
  change: (revertAfterMs, settings) => ({
    ...settings,
    policies: { ...settings.policies, revertAfterMs },
  }),
});
