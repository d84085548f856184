/** Lists that wait: for a lock, or for a server that is busy with its watches. @module */

import { duration } from "../../../core/command/flags.ts";
import { valuedSteveFault } from "./steve_fault.ts";

export const slowRead = valuedSteveFault({
  name: "slow-read",
  does: "lists are answered so much later",
  value: { is: "DURATION", kind: duration(), default: 300 },
  start: (ms, { clock }) => ({
    beforeList: (signal) => clock.sleepUntil(clock.now() + ms, signal),
  }),
});
