/**
 * The watches of a type whose columns have changed fall silent and do not end.
 * Source: rancher/rancher issue 51913: Steve before v0.7.25.
 * @module
 */

import { plainSteveFault } from "./steve_fault.ts";

export const silentReset = plainSteveFault({
  name: "silent-reset",
  does: "watches of a type whose cache was dropped get nothing more and are not stopped",
  start: () => ({ tellsOfReset: () => false }),
});
