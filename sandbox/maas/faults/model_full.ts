/** A model with few slots, and as much room to wait; whoever comes then is turned away. @module */

import { integer } from "../../../core/command/flags.ts";
import { valuedMaasFault } from "./maas_fault.ts";

export const modelFull = valuedMaasFault({
  name: "model-full",
  does: "beside so many requests and as many that wait it says 429",
  value: { is: "COUNT", kind: integer({ min: 1 }), default: 2 },
  change: (slots, settings) => ({
    ...settings,
    model: { ...settings.model, slots, queue: slots },
  }),
});
