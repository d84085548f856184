/**
 * The time and the network of a run that are not this machine's: whoever simulates the target brings
 * both. Simulates nothing itself.
 * @module
 */

import type { Fetch } from "../net/http_channel.ts";
import type { VirtualClock } from "../load/virtual_clock.ts";

/** See the module. */
export interface Simulation {
  /** Times of the run are its times: right with one another, and measured by nobody. */
  readonly clock: VirtualClock;
  /** Answers in the target's place. */
  readonly fetch: Fetch;
}
