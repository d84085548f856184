/** What a server says may repeat what it was sent. @module */

import { OperationFailedError } from "../../../core/errors.ts";
import type { User } from "../users/user.ts";

/** Shorter ones are words that stand in any text. */
const LEAST_SECRET_CHARACTERS = 8;
/** Of a credential that was cut in the text. */
const TOLD_CHARACTERS = 16;

/** The same failure, in whose text nothing of a header of this user stands. */
export function withoutCredentials(
  failure: OperationFailedError,
  user: User,
): OperationFailedError {
  const secrets = user.headers().flatMap(([, value]) => value.split(/\s+/))
    .filter((word) => word.length >= LEAST_SECRET_CHARACTERS);
  const isTold = secrets.some((secret) =>
    failure.message.includes(secret.slice(0, TOLD_CHARACTERS))
  );
  if (!isTold) return failure;
  const text = "the server's words repeat the credential";
  return new OperationFailedError(failure.reason, text);
}
