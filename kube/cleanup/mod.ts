/** What deletes what runs left behind. @module */

export { cleanupCommand } from "./command.ts";
