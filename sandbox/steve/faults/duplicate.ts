/** A server that tells twice. @module */

import { share } from "../../faults/fault_value.ts";
import { valuedSteveFault } from "./steve_fault.ts";

export const duplicate = valuedSteveFault({
  name: "duplicate",
  does: "such a share of the notifications and events is sent twice",
  value: { is: "SHARE", kind: share, default: 0.5 },
  start: (ratio, { rng }) => ({
    onNotification(send) {
      send();
      if (rng.next() < ratio) send();
    },
  }),
});
