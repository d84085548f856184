/**
 * Until when does steve-watch write, so that Steve can cool down and be judged before the end?
 * @module
 */

import { UsageError } from "../../core/errors.ts";
import { formatDuration } from "../../core/units.ts";
import type { SteveWatchValues } from "./flags.ts";
import { DEFAULT_LEDGER_TIMES, settleMs } from "./ledger/ledger.ts";
import type { SubscriptionSpec } from "./written_event.ts";

/** ms from the load's beginning. */
export interface WriteTimes {
  /** When the last write is due at the latest. */
  readonly writesEndMs: number;
  /** Likewise the last change of the definition. */
  readonly changesEndMs: number;
}

/** How long before the end of the churn the last change is: Steve misses removals around one. */
const QUIET_CHURN_MS = 5_000;

/**
 * So that what was written last can still be judged, and there is time for all that is written.
 * @param options `what`: the flag of the duration
 * @throws {UsageError} if there is no such time
 */
export function writeTimes(
  values: SteveWatchValues,
  { streams, changesDefinition, what }: {
    streams: readonly SubscriptionSpec[];
    changesDefinition: boolean;
    what: string;
  },
): WriteTimes {
  const { duration, "cool-down": coolDownMs } = values;
  const writesEndMs = duration - coolDownMs;
  const changesEndMs = writesEndMs - QUIET_CHURN_MS;
  const requireMore = (than: string, limitMs: number, remedy = "") => {
    if (duration > limitMs) return;
    throw new UsageError(
      `${what} must be longer than ${than} (${formatDuration(limitMs)}), not ` +
        `${formatDuration(duration)}${remedy}`,
    );
  };
  if (values["churn-rate"] > 0) {
    requireProof(values, streams);
    requireMore("--cool-down", coolDownMs);
  }
  if (changesDefinition) {
    const than = `--cool-down and ${formatDuration(QUIET_CHURN_MS)}`;
    const remedy = ": the definition could not be changed; --crd-period 0 leaves it alone";
    requireMore(than, coolDownMs + QUIET_CHURN_MS, remedy);
  }
  return { writesEndMs, changesEndMs };
}

/** That what is lost can be told from what is late, also of what is written last. */
function requireProof(values: SteveWatchValues, streams: readonly SubscriptionSpec[]): void {
  const { "cool-down": coolDownMs, mode, slack: slackMs, debounce: debounceMs } = values;
  if (mode === "resource.changes" && slackMs >= debounceMs) {
    throw new UsageError(
      `--slack must be shorter than --debounce (${formatDuration(debounceMs)}), not ` +
        `${formatDuration(slackMs)}: a lost notification would be taken for a late one`,
    );
  }
  const leastMs = settleMs({ ...DEFAULT_LEDGER_TIMES, slackMs, streams });
  if (coolDownMs >= leastMs) return;
  throw new UsageError(
    `--cool-down must be at least ${formatDuration(leastMs)}, not ${formatDuration(coolDownMs)}: ` +
      "what was written last could not be judged",
  );
}
