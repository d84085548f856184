/**
 * What a rung is by the plan of the field: healthy, then degraded or saturated, then breaking. A request
 * that got no answer in time is a sign of breaking, however few there are.
 * @module
 */

import type { OwnClasses } from "../../../core/command/given_ladder.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { ANSWERS } from "./asked.ts";

const NO_TIMEOUTS = `${CHAT_OP}.failed{reason=timeout}.count <= 0`;

/** Of users at once. */
export const CLASSES_OF_USERS: OwnClasses = {
  classes: [
    {
      name: "healthy",
      holds: [`${CHAT_OP}.response.p95 < 1s`, `${CHAT_OP}.failed.ratio < 1%`, NO_TIMEOUTS],
    },
    {
      name: "degraded",
      holds: [`${CHAT_OP}.response.p95 <= 5s`, `${CHAT_OP}.failed.ratio <= 5%`, NO_TIMEOUTS],
    },
    { name: "breaking", holds: [] },
  ],
};

/** How much of what was due was answered in the same time, so that a queue that grows shows. */
const ACHIEVED = `${ANSWERS}.total / ${CHAT_OP}.total`;

/** Of a rate. */
export const CLASSES_OF_RATE: OwnClasses = {
  classes: [
    {
      name: "healthy",
      holds: [
        `${ACHIEVED} >= 0.98`,
        `${CHAT_OP}.response.p95 < 500ms`,
        `${CHAT_OP}.failed.ratio < 1%`,
        NO_TIMEOUTS,
      ],
    },
    { name: "saturated", holds: [`${CHAT_OP}.failed.ratio <= 5%`, NO_TIMEOUTS] },
    { name: "breaking", holds: [] },
  ],
  judgeOffer: true,
};
