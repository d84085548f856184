/** A slow network or server: requests are taken up late. @module */

import { duration } from "../../core/command/flags.ts";
import { LOAD, valuedFault } from "./fault.ts";

export const latency = valuedFault({
  name: "latency",
  does: "handled so much later",
  concerns: LOAD,
  value: { is: "DURATION", kind: duration() },
  start: (ms, { clock }) => async ({ call, next }) => {
    await clock.sleepUntil(clock.now() + ms, call.signal);
    return await next(call);
  },
});
