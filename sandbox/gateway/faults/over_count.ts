/** A controller that counts some routes again. @module */

import { routeFault } from "./gateway_fault.ts";

export const overCount = routeFault({
  name: "over-count",
  does: "such a share of the routes is counted twice",
  share: 0.5,
  fault: { countsAs: 2 },
});
