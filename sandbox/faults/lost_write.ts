/** A server that lies: a store without fsync after a power cut, a write to a minority. @module */

import { sharedFault } from "./fault.ts";

export const lostWrite = sharedFault({
  name: "lost-write",
  does: "creates are answered with success and not stored",
  concerns: ["creates"],
  // A dry run is exactly that.
  start: () => async ({ call, next }) => {
    const separator = call.path.includes("?") ? "&" : "?";
    return await next({ ...call, path: `${call.path}${separator}dryRun=All` });
  },
});
