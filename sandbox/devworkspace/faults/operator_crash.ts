/** An operator that is killed in a tick, once, right after it has made a Job. @module */

import { duration } from "../../../core/command/flags.ts";
import { withSettings } from "../settings.ts";
import { valuedDevWorkspaceFault } from "./dev_workspace_fault.ts";

export const operatorCrash = valuedDevWorkspaceFault({
  name: "operator-crash",
  does: "the operator is killed in a tick, once, and back so long after",
  concerns: "ticks",
  isOnce: true,
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 10_000 },
  change: (killedForMs, settings) => withSettings({ operator: { killedForMs } }, settings),
});
