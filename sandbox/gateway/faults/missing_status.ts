/** A controller that serves a route and says nothing of it. @module */

import { routeFault } from "./gateway_fault.ts";

export const missingStatus = routeFault({
  name: "missing-status",
  does: "such a share of the routes is served and has no status",
  share: 0.5,
  fault: { isSilent: true },
});
