/** The flags of what limits a gateway and is raised for a run. @module */

import { duration, flag, integer, toggle } from "../../../core/command/flags.ts";

/** Source of the numbers: the plan's patches. */
export const LIMIT_FLAGS = {
  "raise-limits": flag(toggle, {
    help: "raise the rate limits of the gateway for the run, and give them back after it",
    default: true,
  }),
  "raise-requests": flag(integer({ min: 1 }), {
    help: "what limits of requests are raised to; those that are higher stay",
    default: 10_000,
  }),
  "raise-tokens": flag(integer({ min: 1 }), {
    help: "what limits of tokens are raised to; those that are higher stay",
    default: 10_000_000,
  }),
  "enforced-timeout": flag(duration({ minMs: 1 }), {
    help: "how long a policy that was changed may take to say Enforced",
    default: 60_000,
  }),
  "prove-restore": flag(duration(), {
    help:
      "how long it may take at the end to see that limits are back, by users that ask until they are refused; 0: not at all",
    default: 180_000,
  }),
};
