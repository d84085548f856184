/** Says which routes a data plane does not serve, and what it answers for them. @module */

import type { ServedCheck } from "../answers/check_served.ts";
import type { Scene } from "./gateway_probe.ts";

const EXAMPLES = 5;

/** @param check `tag`: of the Gateway; `routes`: how many were asked for */
export function sayUnserved(
  { run }: Scene,
  { tag, check, routes }: { tag: string; check: ServedCheck; routes: number },
): void {
  const { served, missing, missingByClass } = check;
  if (served === routes) return;
  const answers = Object.entries(missingByClass).map(([answer, count]) => `${count} x ${answer}`);
  const examples = missing.slice(0, EXAMPLES).map(({ route, answerClass, text }) =>
    `${route} (${[answerClass, text].filter((part) => part !== "").join(": ")})`
  );
  run.warn(
    "unserved-routes",
    `${routes - served} of ${routes} routes are not served by the data plane of ${tag}: ` +
      `${answers.join(", ")}; e.g. ${examples.join(", ")}`,
  );
}
