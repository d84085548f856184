/** A limiter that never hears of a change, although its controller says that it is in force. @module */

import { maasFault } from "./maas_fault.ts";

export const limitOn = maasFault({
  name: "limit-on",
  does: "changed limits are said to be enforced and are not",
  concerns: "policy changes",
  change: (settings) => ({
    ...settings,
    policies: { ...settings.policies, ignoresChanges: true },
  }),
});
