/** When is something due, as a flag says it? @module */

import { messageOf, UsageError } from "../../../core/errors.ts";
import { readTextFile } from "../../../core/files.ts";
import type { ArrivalProcess } from "../../../core/load/arrival.ts";
import { parseArrival } from "../../../core/load/arrival_spec.ts";

/** @param name of the flag, for the message @throws {UsageError} if it cannot be read */
export function arrivalsOf(text: string, name: string): ArrivalProcess {
  try {
    return parseArrival(text, readTextFile);
  } catch (error) {
    throw new UsageError(`--${name}: ${messageOf(error)}`, { cause: error });
  }
}
