/** What restarting a controller takes, and how it fails. @module */

import { OperationFailedError } from "../../core/errors.ts";
import type { Clock } from "../../core/load/clock.ts";

/** What doing it takes. */
export interface RestartContext {
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** It did not come about. */
export class RestartFailedError extends OperationFailedError {
  override name = "RestartFailedError";

  /** @param output of the program that was to do it */
  constructor(
    reason: "exited" | "not-started" | "stalled",
    message: string,
    readonly output: string = "",
  ) {
    super(reason, message);
  }
}

/** @throws {RestartFailedError} @throws {OperationFailedError} if the API refuses it @throws the signal's reason */
export type Restart = (context: RestartContext) => Promise<void>;
