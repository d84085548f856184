/** A broken server: 500, 503 and 504 by chance. @module */

import { refusalAnswer } from "../kubernetes/answers/answers.ts";
import { ApiError, type Refusal } from "../kubernetes/answers/api_error.ts";
import { LOAD, sharedFault } from "./fault.ts";

/** Without Retry-After, which would ask clients to try again. */
const ERRORS: readonly [Refusal, Refusal, Refusal] = [
  {
    code: 500,
    reason: "InternalError",
    message: "Internal error occurred: sandbox fault 5xx",
    details: { causes: [{ message: "sandbox fault 5xx" }] },
  },
  { code: 503, reason: "ServiceUnavailable", message: "service unavailable: sandbox fault 5xx" },
  { code: 504, reason: "Timeout", message: "Timeout: request did not complete: sandbox fault 5xx" },
];

export const serverErrorFault = sharedFault({
  name: "5xx",
  does: "500, 503 or 504 by chance",
  concerns: LOAD,
  start: ({ rng }) => () => {
    const error = new ApiError(ERRORS[rng.integerBelow(ERRORS.length)] ?? ERRORS[0]);
    return Promise.resolve(refusalAnswer(error));
  },
});
