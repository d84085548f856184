/** A black hole, as a firewall or a dead server behind a load balancer makes one. @module */

import { LOAD, sharedFault } from "./fault.ts";

export const noAnswer = sharedFault({
  name: "no-answer",
  does: "neither handled nor answered",
  concerns: LOAD,
  start: ({ clock }) => async ({ call }) => {
    await clock.sleepUntil(Infinity, call.signal); // until the sandbox ends
    return new Response(null, { status: 503 });
  },
});
