/** What pods tell and what becomes of them, as what generators do. @module */

import type { GeneratorEvents } from "../../core/generators/host.ts";
import { generatorLine } from "./generator_line.ts";
import type { PodEnd } from "./pod_end.ts";
import type { LivingPod, PodLivesEvents } from "./pod_lives.ts";

/** @param isReplaced whether another pod takes the place of one that has ended so */
export function podTelling(
  { onLine, onGap, onEnd, say }: GeneratorEvents,
  isReplaced: (pod: LivingPod, end: PodEnd) => boolean,
): PodLivesEvents {
  return {
    onLine: ({ name }, { text, isAgain }) => {
      const line = generatorLine(text);
      if (line !== undefined) onLine(line);
      else if (!isAgain && text !== "") say(`pod ${name}: ${text}`);
    },
    onGap: ({ index }, why) => onGap(index, why),
    onEnd: (pod, end) => {
      const { isOrderly, why } = end;
      onEnd(pod.index, { isOrderly, why, isReplaced: isReplaced(pod, end) });
    },
  };
}
