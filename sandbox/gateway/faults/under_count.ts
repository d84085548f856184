/** A controller that serves routes which it does not count. @module */

import { routeFault } from "./gateway_fault.ts";

export const underCount = routeFault({
  name: "under-count",
  does: "such a share of the routes is served and not counted",
  share: 0.5,
  fault: { countsAs: 0 },
});
