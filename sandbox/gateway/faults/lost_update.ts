/** A controller whose watch loses what happens to a route. @module */

import { routeFault } from "./gateway_fault.ts";

export const lostUpdate = routeFault({
  name: "lost-update",
  does: "such a share of the routes is never noticed",
  share: 0.5,
  fault: { ignores: true },
});
