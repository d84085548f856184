/**
 * Overload: API Priority and Fairness turns requests away.
 * Source: apiserver, pkg/server/filters/priority-and-fairness.go.
 * @module
 */

import { integer } from "../../core/command/flags.ts";
import { LOAD, valuedFault } from "./fault.ts";

export const tooManyRequests = valuedFault({
  name: "429",
  does: "429 Too Many Requests, as under overload",
  concerns: LOAD,
  value: { is: "RETRY-AFTER", kind: integer({ min: 0, max: 3_600 }), default: 1 },
  // No Status: the real server turns away before anything that could write one.
  start: (seconds) => () =>
    Promise.resolve(
      new Response("Too many requests, please try again later.\n", {
        status: 429,
        headers: { "retry-after": String(seconds), "content-type": "text/plain; charset=utf-8" },
      }),
    ),
});
