/** What a logger measures, by the names in the report. @module */

import { countersOf, type Measures } from "../core/run/measures.ts";

export const LOGGER_MEASURES: Measures = {
  counters: [
    ...countersOf("rows", "creates", "updates", "deletes", "duplicates", "collapsed"),
    ...countersOf("notifications", "negativeLatencies", "unreadableTimestamps"),
    ...countersOf("lists", "relists", "watches", "bookmarks", "watchFailures"),
  ],
  others: [
    ...["createLatency", "updateLatency", "notificationDelay", "queueDelay"],
    ...["observedPopulation", "queueLength"],
  ],
};
