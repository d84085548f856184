/** A model that thinks before it speaks. @module */

import { duration } from "../../../core/command/flags.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const modelSlow = valuedMaasFault({
  name: "model-slow",
  does: "the model takes so long for its first token",
  value: { is: "DURATION", kind: duration({ minMs: 1 }), default: 2_000 },
  change: (ttftMs, settings) => ({ ...settings, model: { ...settings.model, ttftMs } }),
});
