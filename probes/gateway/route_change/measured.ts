/** Names of what route-change measures. @module */

/** Each answer of the clients that ask back to back. */
export const REQUEST = "request";
/** Until a change, or a later one, is served. */
export const CHANGE_SERVED = "changeServed";
/** Answers that were not the route's, tagged with what they were and what body they had. */
export const FAILED_ANSWERS = "failedAnswers";
/** From when the latest change was sent until such an answer was there. */
export const FAILURE_AFTER_CHANGE = "failureAfterChange";
/** From the first of such answers in a row until the next good one. */
export const FAILURE_BURST = "failureBurst";
/** Changes that no client saw: a later one was there before they took effect. */
export const SKIPPED_CHANGES = "skippedChanges";
/** Answers of an older change after a newer one had been seen over the same kind of connection. */
export const STALE_ANSWERS = "staleAnswers";
/** The longest time of a client without a good answer. */
export const LONGEST_GAP = "longestGap";
/** How often a connection that is kept had to be replaced. */
export const RECONNECTS = "reconnects";
