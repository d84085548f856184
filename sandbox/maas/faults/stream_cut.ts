/**
 * Streams that end in the middle, under status 200: as of a proxy whose time for a whole answer is over.
 * @module
 */

import { share } from "../../faults/fault_value.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const streamCut = valuedMaasFault({
  name: "stream-cut",
  does: "such a share of the streams stops half way, with no end",
  value: { is: "SHARE", kind: share, default: 0.5 },
  change: (cutShare, settings) => ({ ...settings, model: { ...settings.model, cutShare } }),
});
