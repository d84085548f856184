/** What a logger measures, by the names in the report. @module */

import { countersOf, type Measures } from "../core/run/measures.ts";

export const LOGGER_MEASURES: Measures = {
  counters: countersOf("lists", "relists", "watches", "bookmarks", "watchFailures"),
  others: [
    // A run without any row has measured nothing: neither a pass nor a fail.
    ...["rows", "creates", "updates", "deletes", "duplicates", "collapsed", "notifications"],
    ...["negativeLatencies", "unreadableTimestamps"],
    ...["createLatency", "updateLatency", "notificationDelay", "queueDelay"],
    ...["observedPopulation", "queueLength"],
  ],
};
