/** A server that forgets to tell. @module */

import { share } from "../../faults/fault_value.ts";
import { valuedSteveFault } from "./steve_fault.ts";

export const drop = valuedSteveFault({
  name: "drop",
  does: "such a share of the notifications and events is never sent",
  value: { is: "SHARE", kind: share, default: 0.5 },
  start: (ratio, { rng }) => ({
    onNotification(send) {
      if (rng.next() >= ratio) send();
    },
  }),
});
