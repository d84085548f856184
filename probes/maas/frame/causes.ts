/**
 * Who is to blame for a level that was not healthy? What requests were refused with tells it, if
 * anything: each class of failure is of one part of the way, and times of a part are its own. A rate
 * limit that was not raised is no cause here: such a level is no answer.
 * @module
 */

import type { CauseSpec } from "../../../core/judge/cause.ts";
import { CHAT_OP } from "../chat/measured_ask.ts";
import { REVIEW } from "./review.ts";
import { BEYOND_AUTH } from "./asked.ts";
import { CANARY, NOBODY_LET_IN } from "./canaries.ts";

/** More failures of one class than chance makes of a healthy level. */
const FEW = "0.5%";

function failing(reasons: readonly string[], component: string, because: string): CauseSpec[] {
  return reasons.map((reason) => ({
    component,
    sign: `${CHAT_OP}.failed{reason=${reason}}.ratio <= ${FEW}`,
    because,
  }));
}

export const CAUSES_OF_REFUSALS: readonly CauseSpec[] = [
  ...failing(
    ["auth-overload"],
    "auth",
    "the auth service could not ask the API server in time or at its own rate, and refused whoever asked",
  ),
  ...failing(["auth-timeout"], "auth", "the auth service did not answer the gateway in time"),
  ...failing(
    ["not-authenticated"],
    "auth",
    "good credentials were not believed",
  ),
  ...failing(["not-authorized"], "auth", "users who may use the model were told that they may not"),
  {
    component: "auth",
    sign: NOBODY_LET_IN,
    because: "requests that must be refused were let in",
  },
  ...failing(
    ["rate-limited"],
    "limiter",
    "requests were refused for a limit that was raised: it is not in force, or the raised one is too low",
  ),
  ...failing(["model-full"], "model", "the queue of the model server was full"),
  ...failing(
    ["cut-stream", "error-frame"],
    "model",
    "answers broke off, or told of an error, after they had begun",
  ),
  ...failing(["http-500", "http-502"], "model", "the model server failed"),
  // An auth service that is late is given up by the gateway long before.
  ...failing(
    ["timeout"],
    "model or gateway",
    "questions got no answer in time, longer than a gateway waits for its auth service",
  ),
  ...failing(
    ["http-503", "http-504"],
    "gateway",
    "the gateway had no place to send requests to, or got no answer from there in time",
  ),
  ...failing(
    ["connection-refused", "connection-reset", "connection-closed"],
    "gateway",
    "the gateway refused connections, or closed them",
  ),
];

/** A review takes a few milliseconds, and the field's auth services give up after 200 ms. */
const SLOW_REVIEW = "150ms";
/** Twice and a half as long as a gateway waits for its auth service by default. */
const SLOW_REFUSAL = "500ms";

/** @param longest how long 95 of 100 answers of a healthy level take at most */
export function causesOf(longest: string): readonly CauseSpec[] {
  return [
    ...CAUSES_OF_REFUSALS,
    {
      component: "API server",
      sign: `${REVIEW}.response.mean <= ${SLOW_REVIEW}`,
      because: "reviews of tokens straight at the API server took long",
    },
    {
      component: "API server",
      sign: `${REVIEW}.failed.ratio <= 5%`,
      because: "reviews of tokens straight at the API server failed",
    },
    {
      component: "auth",
      sign: `${CANARY}.response.mean <= ${SLOW_REFUSAL}`,
      because: "requests that the auth service refuses, and that no model sees, took long",
    },
    {
      component: "model",
      sign: `${BEYOND_AUTH}.p95 <= ${longest}`,
      because:
        "answers took so much longer than refusals do: the time went behind the auth service",
    },
  ];
}
