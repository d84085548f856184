/** A threshold with its answer, for those who draw conclusions from several. @module */

import type { Finding } from "./finding.ts";
import { formatThreshold, parseThreshold, type Threshold } from "./threshold.ts";

export interface Judged {
  readonly threshold: Threshold;
  readonly finding: Finding;
  /** In the limit's base unit; of the worst window if there are windows; null: no figure. */
  readonly observed: number | null;
}

/** The answer to the threshold that the text stands for, however it is spaced; undefined: not asked. */
export function answerTo(text: string, judged: readonly Judged[]): Judged | undefined {
  const canonical = formatThreshold(parseThreshold(text));
  return judged.find(({ threshold }) => formatThreshold(threshold) === canonical);
}
