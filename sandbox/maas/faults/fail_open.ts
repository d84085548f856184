/**
 * An auth service that lets pass whom it would have to refuse.
 * Source: Kuadrant/authorino, 649.
 * @module
 */

import { share } from "../../faults/fault_value.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const failOpen = valuedMaasFault({
  name: "fail-open",
  does: "of the requests that are to be refused such a share is let pass",
  value: { is: "SHARE", kind: share, default: 1 },
  change: (failOpenShare, settings) => ({
    ...settings,
    auth: { ...settings.auth, failOpenShare },
  }),
});
