/** What a server says may repeat what it was sent. @module */

import { OperationFailedError } from "../../../core/errors.ts";
import type { HeaderList } from "./chat.ts";

/** Of headers that hold one: what else a user sends may be what the server's words are about. */
const SECRET_HEADER = /auth|key|token|secret|cookie/i;
/** Shorter ones are words that stand in any text. */
const LEAST_SECRET_CHARACTERS = 8;
/** Of a credential that was cut in the text. */
const TOLD_CHARACTERS = 16;

/** The same failure, in whose text no credential stands that was sent in these headers. */
export function withoutCredentials(
  failure: OperationFailedError,
  headers: HeaderList,
): OperationFailedError {
  const secrets = headers.filter(([name]) => SECRET_HEADER.test(name))
    .flatMap(([, value]) => value.split(/\s+/))
    .filter((word) => word.length >= LEAST_SECRET_CHARACTERS);
  const isTold = secrets.some((secret) =>
    failure.message.includes(secret.slice(0, TOLD_CHARACTERS))
  );
  if (!isTold) return failure;
  const text = "the server's words repeat the credential";
  return new OperationFailedError(failure.reason, text);
}
