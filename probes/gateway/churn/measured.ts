/** Names of what churn measures. @module */

/** Each answer for the stable route, and whether it was its own. */
export const REQUEST = "request";
/** Until the stable route is served for the first time. */
export const FIRST_SERVED = "firstServed";
/** From a checkpoint until the first good answer that was asked for after it. */
export const CHECKPOINT = "checkpoint";
/** The longest time of a client without a good answer, up to each checkpoint and from it on. */
export const LONGEST_GAP = "longestGap";
/** How often a connection that is kept had to be replaced. */
export const RECONNECTS = "reconnects";
/** The restart itself, until whoever does it says that it is done. */
export const RESTART = "restart";
/** From the beginning of the restart until a route is served that was made after its end. */
export const RECOVERY = "recovery";
