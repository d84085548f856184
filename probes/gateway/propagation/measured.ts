/** Names of what propagation measures. @module */

/** To the first good answer, and to the first of so many in a row. */
export const PROPAGATE = "propagate";
export const PROPAGATE_STABLE = "propagateStable";
/** The former again, of the first and the last tenth of the routes: it tells whether it grows with their number. */
export const PROPAGATE_OF_TENTH = "propagateOfTenth";
/** Answers that were neither the route's nor "not yet", until it was stable. */
export const PROPAGATION_ERRORS = "propagationErrors";
/** Answers of stable routes that were not theirs. */
export const REGRESSIONS = "regressions";
/** How often stable routes were asked again: what regressions are out of. */
export const RECHECKS = "rechecks";
/** Routes whose path was served before they were made: they are left out. */
export const SERVED_BEFORE = "servedBefore";
