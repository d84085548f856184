/** A server that tells, but not in time. @module */

import { duration } from "../../../core/command/flags.ts";
import { FixedDelayQueue } from "../sockets/fixed_delay_queue.ts";
import { valuedSteveFault } from "./steve_fault.ts";

export const late = valuedSteveFault({
  name: "late",
  does: "notifications and events are sent so much later",
  value: { is: "DURATION", kind: duration(), default: 10_000 },
  start(delayMs, { clock, ended }) {
    const waiting = new FixedDelayQueue<() => void>({ clock, delayMs, ended }, (send) => send());
    return { onNotification: (send) => waiting.add(send) };
  },
});
