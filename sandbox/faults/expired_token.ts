/**
 * Credentials that have expired.
 * Source: apiserver, pkg/endpoints/filters/authentication.go.
 * @module
 */

import { unauthorized } from "../authentication.ts";
import { refusalAnswer } from "../kubernetes/answers/answers.ts";
import { LOAD, plainFault } from "./fault.ts";

export const expiredToken = plainFault({
  name: "expired-token",
  does: "401 Unauthorized, as after the token has expired",
  concerns: LOAD,
  start: () => () => Promise.resolve(refusalAnswer(unauthorized())),
});
